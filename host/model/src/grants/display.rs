//! The requests of a manifest, in sentences for an operator.

use regulars_manifest::{Condition, CustomerField, EffectKind, HistoryAsk, Schedule};

pub fn field_words(field: CustomerField) -> &'static str {
    match field {
        CustomerField::DisplayName => "a customer's full name",
        CustomerField::GivenName => "a customer's first name",
        CustomerField::Language => "a customer's language",
        CustomerField::Birthday => "a customer's birthday",
        CustomerField::Topics => "the topics a customer wants to hear of",
        CustomerField::Tags => "a customer's tags",
        _ => "another field",
    }
}

pub fn effect_words(effect: EffectKind) -> &'static str {
    match effect {
        EffectKind::Suggest => "a card at the desk",
        EffectKind::Ask => "a question for staff to put in person",
        EffectKind::Message => "a message to the customer",
        EffectKind::Task => "a task for staff",
        EffectKind::Remember => "something to remember for itself",
        EffectKind::Wake => "a time at which it wants to look again",
        EffectKind::Tag => "tags to put on or take off a customer",
        EffectKind::ProposeLevel => "more contact (staff decide) or less (at once)",
        EffectKind::Record => "an entry in the customer's history",
        _ => "another effect",
    }
}

pub fn event_words(event: &str, kinds: &[String]) -> String {
    match event {
        "interaction.recorded" if kinds.is_empty() => {
            "whenever anything is recorded about a customer".to_owned()
        }
        "interaction.recorded" => {
            let kinds: Vec<String> = kinds.iter().map(|kind| format!("a {kind}")).collect();
            format!("when {} is recorded", or(&kinds))
        }
        "customer.created" => "when someone becomes a customer".to_owned(),
        "customer.changed" => "when a customer's record changes".to_owned(),
        "task.closed" => "when a task that it proposed is closed".to_owned(),
        "question.answered" => "when a question that it proposed is answered".to_owned(),
        other => format!("on the event {other}"),
    }
}

pub fn schedule_words(schedule: &Schedule) -> String {
    let days = if schedule.on.is_empty() {
        "every day".to_owned()
    } else {
        let days: Vec<String> = schedule.on.iter().map(|day| format!("{day:?}s")).collect();
        format!("on {}", and(&days))
    };
    let whom = if schedule.audience.all.is_empty() {
        "for every customer".to_owned()
    } else {
        let conditions: Vec<String> = schedule.audience.all.iter().map(condition_words).collect();
        format!("for customers {}", and(&conditions))
    };
    format!(
        "{days} at {} where the customer is, {whom}: {}",
        schedule.at, schedule.because
    )
}

fn condition_words(condition: &Condition) -> String {
    match condition {
        Condition::BirthdayToday => "whose birthday it is".to_owned(),
        Condition::Inactive { days } => format!("who have not been heard of for {days} days"),
        Condition::Tagged { tag } => format!("tagged “{}”", crate::text::line(tag, 64)),
        Condition::Level { level } => format!("who want {level} contact"),
        Condition::HasKind { kind } => format!("who have a {kind} in their history"),
        _ => "who meet another condition".to_owned(),
    }
}

pub fn plural(kind: &str) -> String {
    match kind {
        "feedback" => "feedback".to_owned(),
        kind if kind.contains('/') => format!("{kind} records"),
        kind => format!("{kind}s"),
    }
}

pub fn and(parts: &[String]) -> String {
    join(parts, " and ")
}

pub fn or(parts: &[String]) -> String {
    join(parts, " or ")
}

fn join(parts: &[String], last: &str) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., tail] => format!("{}{last}{tail}", head.join(", ")),
    }
}

/// Returns the sentence for a window of history: its kinds and its length.
pub fn history_words(ask: &HistoryAsk) -> String {
    let what = if ask.kinds.is_empty() {
        "everything recorded about a customer".to_owned()
    } else {
        // The known kinds come first, so that a plugin's own kinds cannot hide them.
        let (own, known): (Vec<&String>, Vec<&String>) =
            ask.kinds.iter().partition(|kind| kind.contains('/'));
        let kinds = known.into_iter().chain(own);
        let kinds: Vec<String> = kinds.map(|kind| plural(kind)).collect();
        format!("a customer's {}", and(&kinds))
    };
    format!("{what} of the last {} days", ask.days)
}
