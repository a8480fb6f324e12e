//! Formats dates, numbers, events and effects for people.

use std::time::Duration;

use indicatif::{HumanBytes, HumanCount};
use jiff::tz::TimeZone;

use super::output::safe;
use regulars::model::*;
pub use regulars::text::day;

/// Formats an instant as `Sun 3 May 2026, 06:41`.
pub fn moment(at: Timestamp, zone: &TimeZone) -> String {
    let at = at.to_zoned(zone.clone());
    at.strftime("%a %-d %b %Y, %H:%M").to_string()
}

/// Formats 1234567 as `1,234,567`.
pub fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

/// Formats a count with its noun: `1 row`, `2 rows`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// `850.0µs`, `1.2ms`, `3.4s`.
pub fn duration(micros: u64) -> String {
    format!("{:.1?}", Duration::from_micros(micros))
}

/// `640.00 KiB`, `1.20 MiB`.
pub fn bytes(bytes: u64) -> String {
    HumanBytes(bytes).to_string()
}

/// Formats the used part of a limit, in percent.
pub fn share(used: u64, limit: u64) -> String {
    let percent = 100.0 * used as f64 / limit.max(1) as f64;
    match percent {
        0.0..0.1 => "less than 0.1 %".to_owned(),
        0.1..10.0 => format!("{percent:.1} %"),
        _ => format!("{percent:.0} %"),
    }
}

pub fn name_of(customer: &Customer) -> String {
    let name = customer.display_name.as_ref();
    match name.or(customer.given_name.as_ref()) {
        Some(name) => safe(name, 100),
        None => format!("customer {}", customer.id),
    }
}

pub fn level(level: Level) -> &'static str {
    match level {
        Level::Low => "low (service only)",
        other => other.as_str(),
    }
}

pub fn contact(kind: ContactKind) -> &'static str {
    match kind {
        ContactKind::External => "external id",
        other => other.as_str(),
    }
}

/// Formats evidence as `visit on 3 May 2026`.
pub fn evidence(interaction: &Interaction, zone: &TimeZone) -> String {
    let day = day(interaction.occurred_at, zone);
    format!("{} on {day}", safe(&interaction.kind, 64))
}

/// Describes an event, as a heading.
pub fn event(data: &EventData) -> String {
    match data {
        EventData::InteractionRecorded { interaction } => {
            let kind = safe(&interaction.kind, 64);
            let quote = interaction.body.as_ref().or(interaction.subject.as_ref());
            let quote = quote.map_or(String::new(), |text| format!(": “{}”", safe(text, 120)));
            let who = match interaction.direction {
                Direction::Inbound => "",
                Direction::Outbound => " (from us)",
                Direction::Internal => " (internal)",
            };
            format!("{kind} recorded{who}{quote}")
        }
        EventData::CustomerCreated => "became a customer".to_owned(),
        EventData::CustomerChanged { fields } => {
            let fields: Vec<String> = fields.iter().map(|field| safe(field, 40)).collect();
            format!("record changed: {}", fields.join(", "))
        }
        EventData::ScheduleDue {
            installation,
            schedule,
            ..
        } => format!("{installation}’s schedule “{}” was due", safe(schedule, 64)),
        EventData::TimerDue {
            installation, key, ..
        } => format!("{installation}’s timer “{}” was due", safe(key, 64)),
        EventData::TaskClosed {
            title,
            outcome,
            closed_by,
            ..
        } => {
            let by = closed_by.as_ref();
            let by = by.map_or(String::new(), |who| format!(" by {}", safe(who, 60)));
            format!(
                "task closed as {}{by}: “{}”",
                safe(outcome, 60),
                safe(title, 100)
            )
        }
        EventData::QuestionAnswered { name, answer, .. } => {
            format!(
                "question “{}” answered: “{}”",
                safe(name, 64),
                safe(answer, 120)
            )
        }
        EventData::Message {
            news,
            installation,
            channel,
            ..
        } => {
            let by = channel.as_ref();
            let by = by.map_or(String::new(), |channel| {
                format!(" by {}", safe(channel, 40))
            });
            let news = match news {
                MessageNews::Sent => "was sent",
                MessageNews::Bounced => "bounced",
                MessageNews::Failed => "could not be sent",
                MessageNews::Unsubscribed => "led to an unsubscribe",
                MessageNews::Answered => "was answered",
            };
            format!("a message of {installation}’s {news}{by}")
        }
        EventData::Other { kind, .. } => safe(kind, 64),
    }
}

/// Describes a proposed effect on one line.
pub fn effect(effect: &Effect, zone: &TimeZone) -> String {
    let json = |value: &Json| safe(&value.to_string(), 100);
    match effect {
        Effect::Suggest(it) => format!("a card at the desk: “{}”", safe(&it.title, 120)),
        Effect::Ask(it) => format!("a question to ask in person: “{}”", safe(&it.text, 160)),
        Effect::Message(it) => format!("a message: “{}”", safe(&it.subject, 120)),
        Effect::Task(it) => {
            let urgent = if it.urgent { "an urgent" } else { "a" };
            let due = it.due.map(|at| format!(", due {}", moment(at, zone)));
            let role = safe(&it.role, 60);
            let title = safe(&it.title, 120);
            format!(
                "{urgent} task for {role}: “{title}”{}",
                due.unwrap_or_default()
            )
        }
        Effect::Remember { scope, key, value } => {
            let scope_text = match scope {
                Scope::Customer => "of this customer",
                Scope::Plugin => "for itself",
            };
            match value {
                Some(value) => {
                    format!(
                        "to remember {scope_text}: {} = {}",
                        safe(key, 64),
                        json(value)
                    )
                }
                None => format!("to forget {scope_text}: {}", safe(key, 64)),
            }
        }
        Effect::Wake(it) => format!(
            "to be called again on {} ({})",
            moment(it.at, zone),
            safe(&it.key, 64)
        ),
        Effect::Tag { tag } => format!("the tag “{}”", safe(tag, 64)),
        Effect::Untag { tag } => format!("to remove the tag “{}”", safe(tag, 64)),
        Effect::ProposeLevel { level: to, .. } => format!("the level {}", level(*to)),
        Effect::Record(it) => {
            let quote = it.body.as_ref().or(it.subject.as_ref());
            let quote = quote.map_or(String::new(), |text| format!(": “{}”", safe(text, 120)));
            format!("a {} in the history{quote}", safe(&it.kind, 64))
        }
    }
}

/// Returns the longer text of an effect, or `None` if it has none.
pub fn details(effect: &Effect) -> Option<String> {
    let text = match effect {
        Effect::Suggest(it) => &it.body,
        Effect::Message(it) => &it.body,
        Effect::Task(it) => &it.body,
        Effect::Ask(it) if !it.choices.is_empty() => {
            return Some(format!("choices: {}", safe(&it.choices.join(", "), 300)));
        }
        _ => return None,
    };
    Some(safe(text, 500)).filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_has_one_digit_below_ten_percent() {
        assert_eq!(share(41_200, 50_000_000), "less than 0.1 %");
        assert_eq!(share(412_000, 50_000_000), "0.8 %");
    }
}
