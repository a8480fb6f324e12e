//! Wording of data for the customer whom it concerns.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::host::{ChannelChoice, LevelChoice};
use crate::model::*;
use crate::text;
pub(super) use crate::text::day;

/// Longest shown text in characters. The download has the rest.
const SHOWN: usize = 1500;

/// Returns a time such as `3 May 2026 at 06:41`.
pub(super) fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%-d %B %Y at %H:%M")
        .to_string()
}

/// Returns a foreign line without characters that hide or reorder their neighbours. maud escapes HTML.
pub(super) fn line(text: &str) -> String {
    text::line(text, 200)
}

/// Renders a foreign text.
pub(super) fn said(given: &str) -> Markup {
    let mut text = text::shown(given.chars().take(SHOWN + 1).collect());
    let cut = given.chars().count() > SHOWN;
    if cut {
        text = text.chars().take(SHOWN).collect();
    }
    html! {
        blockquote { p.said dir="auto" { (text) @if cut { "…" } } }
        @if cut { p.hint { "The whole text is in the download." } }
    }
}

/// Returns a foreign JSON value as text.
pub(super) fn value(json: &Json) -> String {
    match json {
        Json::String(text) => text::line(text, 300),
        Json::Bool(true) => "yes".to_owned(),
        Json::Bool(false) => "no".to_owned(),
        Json::Null => "nothing".to_owned(),
        Json::Number(number) => number.to_string(),
        Json::Array(items) if items.iter().all(|it| !it.is_object() && !it.is_array()) => {
            let items: Vec<String> = items.iter().map(value).collect();
            text::line(&items.join(", "), 300)
        }
        other => text::line(&other.to_string(), 300),
    }
}

/// Returns a key as words: `loyalty_points` as `loyalty points`.
pub(super) fn key(name: &str) -> String {
    text::line(name, 64).replace(['_', '-'], " ")
}

pub(super) fn level(level: Level) -> &'static str {
    match level {
        Level::Low => "Only what I need",
        Level::Medium => "Now and then",
        Level::High => "Whatever may interest me",
    }
}

/// Returns the description of a level.
pub(super) fn level_means(choice: &LevelChoice) -> String {
    let Some(most) = choice.most.filter(|_| !choice.purposes.is_empty()) else {
        return "Messages about what you asked for, booked or bought, and nothing else.".to_owned();
    };
    let messages = if most.most == 1 {
        "message"
    } else {
        "messages"
    };
    let days = if most.days == 1 {
        "a day".to_owned()
    } else {
        format!("{} days", most.days)
    };
    format!(
        "Also {}. {} {messages} in {days} at the most.",
        list(&choice.purposes),
        most.most
    )
}

fn list(purposes: &BTreeSet<Purpose>) -> String {
    let beside = purposes.iter().filter(|it| **it != Purpose::Service);
    match text::listed(beside.map(|it| short(*it))) {
        nothing if nothing.is_empty() => "nothing more".to_owned(),
        listed => listed,
    }
}

fn short(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Service => "what you asked for",
        Purpose::Care => "a kind word",
        Purpose::Education => "tips",
        Purpose::Community => "what goes on here",
        Purpose::Offer => "offers",
        Purpose::Survey => "questions about how we are doing",
    }
}

/// Returns the description of a purpose.
pub(super) fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Service => "What you asked for, booked or bought",
        Purpose::Care => "A kind word: to see how you are, or to congratulate you",
        Purpose::Education => "Tips, and things worth knowing",
        Purpose::Community => "What goes on here, and whom you could meet",
        Purpose::Offer => "Offers",
        Purpose::Survey => "Questions about how we are doing",
    }
}

pub(super) fn contact_kind(kind: ContactKind) -> &'static str {
    match kind {
        ContactKind::Email => "Email address",
        ContactKind::Tel => "Telephone number",
        ContactKind::External => "Number or card",
    }
}

/// Returns the description of a channel.
pub(super) fn channel(choice: &ChannelChoice) -> String {
    let name = line(&choice.name);
    match (choice.name.as_str(), choice.reaches) {
        ("desk", _) => "In person, the next time you are here".to_owned(),
        ("email", _) => "By email".to_owned(),
        ("log", None) => "As a trial, without reaching you".to_owned(),
        (_, Some(ContactKind::Email)) => format!("By email, through {name}"),
        (_, Some(ContactKind::Tel)) => format!("On your phone, through {name}"),
        _ => format!("Through {name}"),
    }
}

/// Returns the channel of a sent message, as an adverb.
pub(super) fn by(channel: &str) -> String {
    match channel {
        "desk" => "in person".to_owned(),
        "email" => "by email".to_owned(),
        other => format!("through {}", line(other)),
    }
}

/// Returns the heading of an interaction.
pub(super) fn happened(interaction: &Interaction) -> String {
    use Direction::{Inbound, Internal, Outbound};
    let said = match (interaction.kind.as_str(), interaction.direction) {
        ("visit", _) => "You were here",
        ("purchase", _) => "You bought something",
        ("feedback", _) => "You told us what you think",
        ("complaint", _) => "You complained",
        ("call", Inbound) => "You called us",
        ("call", _) => "We called you",
        ("message", Inbound) => "You wrote to us",
        ("message", Outbound) => "We wrote to you",
        ("meeting", _) => "We met",
        ("note", Inbound) => "You told us",
        ("note", _) => "We made a note",
        ("booking", _) => "You booked",
        ("membership", _) => "Your membership",
        ("payment", _) => "You paid",
        ("measurement", _) => "A measurement",
        (kind, direction) => {
            let kind = kind.split_once('/').map_or(kind, |(_, own)| own);
            let who = match direction {
                Inbound => "From you",
                Outbound => "From us",
                Internal => "We noted",
            };
            return format!("{who}: {}", key(kind));
        }
    };
    said.to_owned()
}

/// Returns a short description of an interaction, for use in a sentence.
pub(super) fn evidence(interaction: &Interaction, zone: &TimeZone) -> String {
    let kind = interaction.kind.as_str();
    let kind = kind.split_once('/').map_or(kind, |(_, own)| own);
    format!("{}, {}", day(interaction.occurred_at, zone), key(kind))
}

pub(super) fn state(message: &Message, zone: &TimeZone) -> String {
    let on = |at: Option<Timestamp>| match at {
        Some(at) => format!(" on {}", moment(at, zone)),
        None => String::new(),
    };
    let by = message.channel.as_deref().map(by).unwrap_or_default();
    match message.state {
        MessageState::Queued => match message.due_at {
            Some(due) => format!("Waits until {}", moment(due, zone)),
            None => "Waits".to_owned(),
        },
        MessageState::Sending => "Is being sent".to_owned(),
        MessageState::Sent => format!("Sent {by}{}", on(message.sent_at)),
        MessageState::Bounced => format!("Sent {by}, and came back"),
        MessageState::Failed => "Could not be sent".to_owned(),
        MessageState::Expired => "Not sent: its time was over".to_owned(),
        MessageState::Cancelled => "Not sent: you, or somebody for you, wanted less".to_owned(),
        MessageState::Denied => "Not sent: it was not what you chose".to_owned(),
        MessageState::HeldOut => "Not sent, to see whether it would have mattered".to_owned(),
    }
}
