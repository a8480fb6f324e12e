//! Recent contacts with the customer, and their description in a sentence.

use crate::history::{self, Filter};
use crate::{Context, Interaction, instant, text};

/// The kinds of inbound interaction that count as contact.
pub const KINDS: [&str; 8] = [
    "visit",
    "purchase",
    "booking",
    "membership",
    "feedback",
    "call",
    "message",
    "meeting",
];

/// Returns the contacts of the last `days` days, newest first.
pub fn of_days(cx: &Context, days: u32) -> Vec<Interaction> {
    let mut contacts = history::recent(Filter::kinds(KINDS).since(cx.days_ago(days)));
    contacts.retain(Interaction::is_inbound);
    contacts
}

/// Describes the most frequent kind: "12 visits in the last 30 days, most recently 2 days ago".
///
/// `contacts` are those of the last `days` days, as from [`of_days`]. The text covers the last 30 of them, or
/// all if nothing happened in those.
pub fn in_words(cx: &Context, contacts: &[Interaction], days: u32) -> String {
    let month = contacts.partition_point(|it| it.occurred_at >= cx.days_ago(30));
    let (span, days) = match month {
        0 => (contacts, days),
        _ => (&contacts[..month], days.min(30)),
    };
    let of_kind = |kind: &'static str| span.iter().filter(move |it| it.kind == kind);
    let most = KINDS.into_iter().rev();
    let kind = most.max_by_key(|kind| of_kind(kind).count());
    let kind = kind.expect("there are kinds");
    let count = of_kind(kind).count();
    let plural = match (count, kind) {
        (1, _) | (_, "feedback") => "",
        _ => "s",
    };
    let last = of_kind(kind).next();
    let ago = last.map_or(0, |it| instant::days_between(it.occurred_at, cx.now));
    let ago = text::days_ago(ago);
    format!("{count} {kind}{plural} in the last {days} days, most recently {ago}")
}
