//! Conversion from the model to the contract. Parameters are borrowed where possible.

use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::bindings::exports::regulars::plugin::events::{Answered, Changed, Closed, Due, Event};
use super::bindings::regulars::plugin::types as wit;
use crate::runtime::view::PluginView;
use regulars_model::{self, EventData, Json};

/// A buffer for an id's text.
type IdText = [u8; Hyphenated::LENGTH];

fn id_text(id: Uuid, room: &mut IdText) -> &str {
    id.as_hyphenated().encode_lower(room)
}

pub fn with_context<R>(view: &PluginView, call: impl FnOnce(wit::Context<'_>) -> R) -> R {
    let (mut room, topics, tags): (_, Vec<&str>, Vec<&str>);
    let customer = match &view.customer {
        None => None,
        Some(customer) => {
            room = [0; Hyphenated::LENGTH];
            topics = customer.topics.iter().map(String::as_str).collect();
            tags = customer.tags.iter().map(String::as_str).collect();
            Some(wit::Customer {
                id: id_text(customer.id.0, &mut room),
                display_name: customer.display_name.as_deref(),
                given_name: customer.given_name.as_deref(),
                language: customer.language.as_deref(),
                birthday: customer.birthday.map(|birthday| wit::Birthday {
                    year: birthday.year.map(i32::from),
                    month: birthday.month.unsigned_abs(),
                    day: birthday.day.unsigned_abs(),
                }),
                level: level(customer.level),
                topics: &topics,
                tags: &tags,
                customer_since: customer.since.as_millisecond(),
            })
        }
    };
    call(wit::Context {
        now: view.now.as_millisecond(),
        today: wit::Date {
            year: view.today.year().into(),
            month: view.today.month().unsigned_abs(),
            day: view.today.day().unsigned_abs(),
        },
        timezone: &view.time_zone,
        seed: view.seed,
        settings: &view.settings,
        customer,
    })
}

pub fn with_event<R>(event: &EventData, call: impl FnOnce(Event<'_>) -> R) -> R {
    let mut room: IdText = [0; Hyphenated::LENGTH];
    match event {
        EventData::InteractionRecorded { interaction } => {
            let data = text(&interaction.data);
            call(Event::InteractionRecorded(wit::InteractionParam {
                id: id_text(interaction.id.0, &mut room),
                kind: &interaction.kind,
                direction: direction(interaction.direction),
                occurred_at: interaction.occurred_at.as_millisecond(),
                channel: interaction.channel.as_deref(),
                subject: interaction.subject.as_deref(),
                body: interaction.body.as_deref(),
                data: &data,
            }))
        }
        EventData::CustomerCreated => call(Event::CustomerCreated),
        EventData::CustomerChanged { fields } => {
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            call(Event::CustomerChanged(Changed { fields: &fields }))
        }
        EventData::ScheduleDue { schedule, .. } => call(Event::ScheduleDue(schedule)),
        EventData::TimerDue { key, payload, .. } => call(Event::TimerDue(Due {
            id: key,
            payload: &text(payload),
        })),
        EventData::TaskClosed {
            task,
            installation: _,
            title,
            group_key,
            outcome,
            note,
            closed_by,
            evidence,
        } => {
            let evidence: Vec<String> = evidence.iter().map(ToString::to_string).collect();
            let evidence: Vec<&str> = evidence.iter().map(String::as_str).collect();
            call(Event::TaskClosed(Closed {
                task: id_text(task.0, &mut room),
                title,
                group_key: group_key.as_deref(),
                outcome,
                note: note.as_deref(),
                closed_by: closed_by.as_deref(),
                evidence: &evidence,
            }))
        }
        EventData::QuestionAnswered {
            question: _,
            installation: _,
            name,
            answer,
            answered_by,
            interaction,
        } => call(Event::QuestionAnswered(Answered {
            id: name,
            answer,
            answered_by: answered_by.as_deref(),
            interaction: id_text(interaction.0, &mut room),
        })),
        EventData::Message {
            news,
            message,
            installation: _,
            purpose,
            topic,
            channel,
            dedupe_key,
            interaction,
        } => {
            let data = serde_json::json!({
                "message": message, "purpose": purpose, "topic": topic, "channel": channel,
                "dedupe-key": dedupe_key, "interaction": interaction,
            });
            call(Event::Other((news.kind(), &text(&data))))
        }
        EventData::Other { kind, data } => call(Event::Other((kind, &text(data)))),
    }
}

/// Converts an interaction for the import `history`.
pub fn interaction(interaction: &regulars_model::Interaction) -> super::Interaction {
    super::Interaction {
        id: id_text(interaction.id.0, &mut [0; Hyphenated::LENGTH]).to_owned(),
        kind: interaction.kind.clone(),
        direction: direction(interaction.direction),
        occurred_at: interaction.occurred_at.as_millisecond(),
        channel: interaction.channel.clone(),
        subject: interaction.subject.clone(),
        body: interaction.body.clone(),
        data: text(&interaction.data),
    }
}

/// Serializes a document. Twice as fast as its `Display`.
pub fn text(json: &Json) -> String {
    serde_json::to_string(json).expect("the keys of a JSON value are strings")
}

fn level(level: regulars_model::Level) -> wit::Level {
    match level {
        regulars_model::Level::Low => wit::Level::Low,
        regulars_model::Level::Medium => wit::Level::Medium,
        regulars_model::Level::High => wit::Level::High,
    }
}

fn direction(direction: regulars_model::Direction) -> wit::Direction {
    match direction {
        regulars_model::Direction::Inbound => wit::Direction::Inbound,
        regulars_model::Direction::Outbound => wit::Direction::Outbound,
        regulars_model::Direction::Internal => wit::Direction::Internal,
    }
}
