use regulars_manifest::{Condition, CustomerField, EffectKind, Manifest, Schedule};
use serde::Serialize;

use crate::model::Digest;

/// What a component is and asks for, before anybody lets it in.
#[derive(Debug, Clone, Serialize)]
pub struct Inspection {
    pub digest: Digest,
    /// Bytes of the component.
    pub size: u64,
    /// The interfaces that it imports: its capabilities.
    pub imports: Vec<String>,
    /// The hooks that it exports beside `about`.
    pub hooks: Vec<&'static str>,
    pub manifest: Manifest,
}

impl Inspection {
    /// The manifest as sentences for a shop owner, under headings.
    pub fn in_words(&self) -> Vec<(&'static str, Vec<String>)> {
        vec![
            ("It may see", self.sees()),
            ("It may propose", self.proposes()),
            ("It runs", self.runs()),
            ("It can be asked to", self.answers()),
            ("It wants to move", self.outcomes()),
            ("It can never", never()),
        ]
    }

    fn sees(&self) -> Vec<String> {
        let reads = &self.manifest.reads;
        let mut lines = vec![
            "how much contact a customer wants, and since when they are one (every plugin sees this)"
                .to_owned(),
        ];
        lines.extend(
            reads
                .customer
                .iter()
                .map(|ask| format!("{}: {}", field_words(ask.field), ask.because)),
        );
        for wanted in &self.manifest.subscribes {
            if wanted.event == "interaction.recorded" {
                let what = match wanted.kinds.as_slice() {
                    [] => "everything".to_owned(),
                    kinds => and(&kinds
                        .iter()
                        .map(|kind| format!("each {kind}"))
                        .collect::<Vec<_>>()),
                };
                lines.push(format!(
                    "{what} as it is recorded, with all that was noted about it"
                ));
            }
        }
        lines.extend(reads.history.iter().map(|ask| {
            let what = if ask.kinds.is_empty() {
                "everything recorded about a customer".to_owned()
            } else {
                format!(
                    "a customer's {}",
                    and(&ask
                        .kinds
                        .iter()
                        .map(|kind| plural(kind))
                        .collect::<Vec<_>>())
                )
            };
            format!("{what} of the last {} days: {}", ask.days, ask.because)
        }));
        lines
    }

    fn proposes(&self) -> Vec<String> {
        let proposes = &self.manifest.proposes;
        if proposes.is_empty() {
            return vec!["nothing: it only answers".to_owned()];
        }
        proposes
            .iter()
            .map(|ask| {
                let kinds = match ask.kinds.as_slice() {
                    [] => String::new(),
                    kinds => format!(" ({})", kinds.join(", ")),
                };
                let effect = match (ask.effect, ask.service) {
                    (EffectKind::Message, true) => {
                        "a service message, which the caps do not hold back (only if you grant that by name)"
                    }
                    (effect, _) => effect_words(effect),
                };
                format!("{effect}{kinds}: {}", ask.because)
            })
            .collect()
    }

    fn runs(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .manifest
            .subscribes
            .iter()
            .map(|wants| event_words(&wants.event, &wants.kinds))
            .collect();
        lines.extend(self.manifest.schedules.iter().map(schedule_words));
        if lines.is_empty() {
            lines.push("only when it is asked".to_owned());
        }
        lines
    }

    fn answers(&self) -> Vec<String> {
        let lines: Vec<String> = self
            .manifest
            .actions
            .iter()
            .map(|action| format!("{}: {}", action.id, action.summary))
            .collect();
        if lines.is_empty() {
            vec!["nothing".to_owned()]
        } else {
            lines
        }
    }

    fn outcomes(&self) -> Vec<String> {
        let lines: Vec<String> = self
            .manifest
            .outcomes
            .iter()
            .map(|outcome| {
                format!(
                    "{} (a {} within {} days)",
                    outcome.title, outcome.kind, outcome.within_days
                )
            })
            .collect();
        if lines.is_empty() {
            vec!["it does not say: ask its maker what should become better".to_owned()]
        } else {
            lines
        }
    }
}

fn never() -> Vec<String> {
    vec![
        "look up addresses or telephone numbers, or see a field that is not listed here".to_owned(),
        "reach the network, the disk or the clock".to_owned(),
        "write to a customer by itself: every proposal passes this host's rules".to_owned(),
    ]
}

fn field_words(field: CustomerField) -> &'static str {
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

fn effect_words(effect: EffectKind) -> &'static str {
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

fn event_words(event: &str, kinds: &[String]) -> String {
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

fn schedule_words(schedule: &Schedule) -> String {
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

fn plural(kind: &str) -> String {
    match kind {
        "feedback" => "feedback".to_owned(),
        kind if kind.contains('/') => format!("{kind} records"),
        kind => format!("{kind}s"),
    }
}

fn and(parts: &[String]) -> String {
    join(parts, " and ")
}

fn or(parts: &[String]) -> String {
    join(parts, " or ")
}

fn join(parts: &[String], last: &str) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., tail] => format!("{}{last}{tail}", head.join(", ")),
    }
}
