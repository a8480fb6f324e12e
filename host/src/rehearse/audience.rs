//! The audience of a schedule as of its day. The store's query asks the same of the current rows.

use std::collections::BTreeSet;

use jiff::civil::Date;
use regulars_manifest::{Audience, Condition};

use crate::model::*;
use crate::store::rules;

/// A customer's data at an instant.
pub(super) struct Then<'a> {
    pub customer: &'a Customer,
    /// The time of the last inbound interaction, if a condition needs it.
    pub last_inbound: Option<Timestamp>,
    /// The kinds of interaction that conditions ask about and the customer has.
    pub kinds: &'a BTreeSet<String>,
}

/// Returns true if the customer meets every condition on this local day.
pub(super) fn meets(audience: &Audience, then: &Then<'_>, date: Date, at: Timestamp) -> bool {
    let customer = then.customer;
    audience.all.iter().all(|condition| match condition {
        Condition::BirthdayToday => {
            let birthday = customer.birthday;
            birthday.is_some_and(|birthday| rules::is_birthday(birthday, date))
        }
        Condition::Inactive { days } => {
            let until = rules::inactive_until(at, *days);
            then.last_inbound.is_some_and(|last| last <= until)
        }
        Condition::Tagged { tag } => customer.tags.contains(tag),
        Condition::Level { level } => level == word(customer.level),
        Condition::HasKind { kind } => then.kinds.contains(kind),
        _ => false,
    })
}

/// Returns the level as the manifest writes it.
fn word(level: Level) -> &'static str {
    match level {
        Level::Low => "low",
        Level::Medium => "medium",
        Level::High => "high",
    }
}
