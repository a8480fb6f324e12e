//! Whom a schedule concerns, as of its day: what the store's query asks of the rows of now, asked of what is known
//! of one customer then.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::civil::Date;
use regulars_manifest::{Audience, Condition};

use crate::model::*;

/// What is known of a customer at an instant.
pub(super) struct Then<'a> {
    pub customer: &'a Customer,
    /// When they last came, as far as that was needed.
    pub last_inbound: Option<Timestamp>,
    /// The kinds that are asked about of which there is one.
    pub kinds: &'a BTreeSet<String>,
}

/// Whether the customer meets every condition, on this day where they are.
pub(super) fn meets(audience: &Audience, then: &Then<'_>, date: Date, at: Timestamp) -> bool {
    let customer = then.customer;
    audience.all.iter().all(|condition| match condition {
        Condition::BirthdayToday => customer.birthday.is_some_and(|birthday| {
            let leap = (birthday.month, birthday.day) == (2, 29);
            let kept = leap && (date.month(), date.day()) == (2, 28) && !date.in_leap_year();
            kept || (birthday.month, birthday.day) == (date.month(), date.day())
        }),
        Condition::Inactive { days } => then.last_inbound.is_some_and(|last| {
            let days = SignedDuration::from_hours(24 * i64::from(*days));
            last.checked_add(days).is_ok_and(|until| until <= at)
        }),
        Condition::Tagged { tag } => customer.tags.contains(tag),
        Condition::Level { level } => level == word(customer.level),
        Condition::HasKind { kind } => then.kinds.contains(kind),
        _ => false,
    })
}

/// As the manifest writes it.
fn word(level: Level) -> &'static str {
    match level {
        Level::Low => "low",
        Level::Medium => "medium",
        Level::High => "high",
    }
}
