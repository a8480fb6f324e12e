//! The greeting itself: a cue for staff, and a message for those who want one.

use regulars_sdk::{
    Context, Effects, Failure, Interaction, Level, Message, Purpose, Scope, Suggestion, instant,
    remember,
};

use crate::{CONTACTS, GREETED, Settings};

/// A greeting is for the day: from 09:00, this leads to midnight.
const REST_OF_DAY_HOURS: u32 = 15;

/// The cue, the memory of it, and the message where it is wanted. There is at least one contact.
pub fn greet(
    cx: &Context,
    settings: &Settings,
    contacts: &[Interaction],
) -> Result<Effects, Failure> {
    let customer = cx.customer()?;
    let name = customer.name_or("them");
    let lately = lately(cx, settings, contacts);
    let reason = format!("Birthday today, and in touch: {lately}.");
    let evidence = &contacts[..contacts.len().min(12)];
    let expires = instant::hours_after(cx.now, REST_OF_DAY_HOURS);

    let cue = Suggestion::new(format!("Wish {name} a happy birthday in person"))
        .body(format!("It is today. {lately}. A kind word is enough."))
        .because(&reason, evidence)
        .expires(expires);
    let mut effects = Effects::from(cue).and(remember(Scope::Customer, GREETED, &cx.today.year));

    let enough = if settings.message_at_medium {
        Level::Medium
    } else {
        Level::High
    };
    if customer.level >= enough {
        let hello = match customer.name_or("") {
            "" => String::new(),
            name => format!("Dear {name},\n\n"),
        };
        let text = format!(
            "{hello}we wish you a happy birthday.\n\n{}",
            settings.signature
        );
        let key = format!("birthday-{}", cx.today.year);
        effects.push(
            Message::new(Purpose::Care, key, "Happy birthday")
                .body(text.trim_end())
                .value("A kind word on their day; nothing to buy, nothing to do.")
                .because(reason, evidence)
                .expires(expires),
        );
    }
    Ok(effects)
}

/// What they did most, in words: "12 visits in the last 30 days, the last one 2 days ago".
pub fn lately(cx: &Context, settings: &Settings, contacts: &[Interaction]) -> String {
    let month: Vec<_> = contacts
        .iter()
        .filter(|it| it.occurred_at >= cx.days_ago(30))
        .collect();
    let (span, days) = match month.is_empty() {
        true => (contacts.iter().collect(), settings.recent_days),
        false => (month, settings.recent_days.min(30)),
    };
    let of_kind = |kind: &'static str| span.iter().filter(move |it| it.kind == kind);
    let most = CONTACTS
        .into_iter()
        .rev()
        .max_by_key(|kind| of_kind(kind).count());
    let kind = most.expect("there are kinds");
    let count = of_kind(kind).count();
    let plural = if count == 1 || kind == "feedback" {
        ""
    } else {
        "s"
    };
    let last = of_kind(kind)
        .next()
        .map_or(0, |it| instant::days_between(it.occurred_at, cx.now));
    let last = match last {
        ..=0 => "today".to_owned(),
        1 => "a day ago".to_owned(),
        days => format!("{days} days ago"),
    };
    format!("{count} {kind}{plural} in the last {days} days, most recently {last}")
}
