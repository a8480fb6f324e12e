//! Wording of data for the customer whom it concerns.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use maud::{Markup, html};

use regulars::host::{ChannelChoice, LevelChoice};
use regulars::model::*;
use regulars::sentences as say;
use regulars::text;

/// Longest shown text in characters. The download has the rest.
const SHOWN: usize = 1500;

/// Returns a day such as `3 May 2026`.
pub(super) fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime(say::date_day())
        .to_string()
}

/// Returns a time such as `3 May 2026 at 06:41`.
pub(super) fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime(say::date_moment())
        .to_string()
}

/// Returns a foreign line without characters that hide or reorder their neighbours. maud escapes HTML.
pub(super) fn line(text: &str) -> String {
    text::line(text, 200)
}

/// Renders a foreign text.
pub(super) fn quoted(given: &str) -> Markup {
    let mut text = text::shown(given.chars().take(SHOWN + 1).collect());
    let cut = given.chars().count() > SHOWN;
    if cut {
        text = text.chars().take(SHOWN).collect();
    }
    html! {
        blockquote { p.said dir="auto" { (text) @if cut { "…" } } }
        @if cut { p.hint { (say::text_cut()) } }
    }
}

/// Returns a foreign JSON value as text.
pub(super) fn value(json: &Json) -> String {
    match json {
        Json::String(text) => text::line(text, 300),
        Json::Bool(true) => say::yes().to_owned(),
        Json::Bool(false) => say::no().to_owned(),
        Json::Null => say::nothing().to_owned(),
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
        Level::Low => say::level_low(),
        Level::Medium => say::level_medium(),
        Level::High => say::level_high(),
    }
}

/// Returns the description of a level.
pub(super) fn level_means(choice: &LevelChoice) -> String {
    let Some(most) = choice.most.filter(|_| !choice.purposes.is_empty()) else {
        return say::level_service_only().to_owned();
    };
    let messages = match most.most {
        1 => say::messages_one().to_owned(),
        count => say::messages_many(count),
    };
    let period = match most.days {
        1 => say::period_day().to_owned(),
        count => say::period_days(count),
    };
    say::level_limit(list(&choice.purposes), messages, period)
}

fn list(purposes: &BTreeSet<Purpose>) -> String {
    let beside = purposes.iter().filter(|it| **it != Purpose::Service);
    let mut named: Vec<&str> = beside.map(|it| short(*it)).collect();
    match named.pop() {
        None => say::level_no_purposes().to_owned(),
        Some(only) if named.is_empty() => only.to_owned(),
        Some(last) => say::list_end(named.join(", "), last),
    }
}

fn short(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Service => say::purpose_service_short(),
        Purpose::Care => say::purpose_care_short(),
        Purpose::Education => say::purpose_education_short(),
        Purpose::Community => say::purpose_community_short(),
        Purpose::Offer => say::purpose_offer_short(),
        Purpose::Survey => say::purpose_survey_short(),
    }
}

/// Returns the description of a purpose.
pub(super) fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Service => say::purpose_service(),
        Purpose::Care => say::purpose_care(),
        Purpose::Education => say::purpose_education(),
        Purpose::Community => say::purpose_community(),
        Purpose::Offer => say::purpose_offer(),
        Purpose::Survey => say::purpose_survey(),
    }
}

pub(super) fn contact_kind(kind: ContactKind) -> &'static str {
    match kind {
        ContactKind::Email => say::point_email(),
        ContactKind::Tel => say::point_phone(),
        ContactKind::External => say::point_external(),
    }
}

/// Returns the description of a channel.
pub(super) fn channel(choice: &ChannelChoice) -> String {
    let name = line(&choice.name);
    match (choice.name.as_str(), choice.reaches) {
        ("desk", _) => say::channel_desk().to_owned(),
        ("email", _) => say::channel_email().to_owned(),
        ("log", None) => say::channel_log().to_owned(),
        (_, Some(ContactKind::Email)) => say::channel_email_through(name),
        (_, Some(ContactKind::Tel)) => say::channel_phone_through(name),
        _ => say::channel_through(name),
    }
}

/// Returns the channel of a sent message, as an adverb.
pub(super) fn sent_through(channel: &str) -> String {
    match channel {
        "desk" => say::sent_desk().to_owned(),
        "email" => say::sent_email().to_owned(),
        other => say::sent_through(line(other)),
    }
}

/// Returns the heading of an interaction.
pub(super) fn interaction_title(interaction: &Interaction) -> String {
    use Direction::{Inbound, Internal, Outbound};
    let said = match (interaction.kind.as_str(), interaction.direction) {
        ("visit", _) => say::happened_visit(),
        ("purchase", _) => say::happened_purchase(),
        ("feedback", _) => say::happened_feedback(),
        ("complaint", _) => say::happened_complaint(),
        ("call", Inbound) => say::happened_call_inbound(),
        ("call", _) => say::happened_call_outbound(),
        ("message", Inbound) => say::happened_message_inbound(),
        ("message", Outbound) => say::happened_message_outbound(),
        ("meeting", _) => say::happened_meeting(),
        ("note", Inbound) => say::happened_note_inbound(),
        ("note", _) => say::happened_note(),
        ("booking", _) => say::happened_booking(),
        ("membership", _) => say::happened_membership(),
        ("payment", _) => say::happened_payment(),
        ("measurement", _) => say::happened_measurement(),
        (kind, direction) => {
            let kind = kind.split_once('/').map_or(kind, |(_, own)| own);
            return match direction {
                Inbound => say::happened_other_inbound(key(kind)),
                Outbound => say::happened_other_outbound(key(kind)),
                Internal => say::happened_other_internal(key(kind)),
            };
        }
    };
    said.to_owned()
}

/// Returns a short description of an interaction, for use in a sentence.
pub(super) fn evidence(interaction: &Interaction, zone: &TimeZone) -> String {
    let kind = interaction.kind.as_str();
    let kind = kind.split_once('/').map_or(kind, |(_, own)| own);
    say::evidence_item(day(interaction.occurred_at, zone), key(kind))
}

pub(super) fn state(message: &Message, zone: &TimeZone) -> String {
    let by = message
        .channel
        .as_deref()
        .map(sent_through)
        .unwrap_or_default();
    match message.state {
        MessageState::Queued => match message.due_at {
            Some(due) => say::message_waits_until(moment(due, zone)),
            None => say::message_waits().to_owned(),
        },
        MessageState::Sending => say::message_sending().to_owned(),
        MessageState::Sent => match message.sent_at {
            Some(at) => say::message_sent_on(by, moment(at, zone)),
            None => say::message_sent(by),
        },
        MessageState::Bounced => say::message_bounced(by),
        MessageState::Failed => say::message_failed().to_owned(),
        MessageState::Expired => say::message_expired().to_owned(),
        MessageState::Cancelled => say::message_cancelled().to_owned(),
        MessageState::Denied => say::message_denied().to_owned(),
        MessageState::HeldOut => say::message_held_out().to_owned(),
    }
}
