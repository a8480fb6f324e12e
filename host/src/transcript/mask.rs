//! A copy of a transcript without personal data, for somebody who may not see any.

mod text;

use std::sync::Arc;

use regulars_manifest::EffectKind;
use serde::{Deserialize, Serialize};

use self::text::Mask;
use super::Transcript;
use crate::error::Error;
use crate::model::*;
use crate::runtime::{Answer, Called, CustomerSlice, Past, Runtime, Slice};

/// What the masking of a transcript did, and what of the plugin's behaviour it kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Masked {
    /// Whether the plugin still answers with the same kinds of effect in the same order, or fails in
    /// the same way. `answer` is what it answers to the masked call.
    pub same_kinds: bool,
    /// The kinds of effect that it answered to the call as it was.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<String>))]
    pub recorded: Vec<EffectKind>,
    /// How the call as it was failed.
    pub recorded_failure: Option<FailureKind>,
    /// Texts that were left as they are, since they stand in the plugin's own code.
    pub kept: Vec<String>,
}

impl Transcript {
    /// A copy in which names, texts and ids are replaced by others of the same length and class, each
    /// one by the same everywhere. Kinds, times, numbers, levels, languages and zones stay, keys and
    /// channels that look like a program's words, and of the settings all but addresses and telephone
    /// numbers; so do texts that stand in the plugin's own code, since it compares with them.
    ///
    /// Its answer is what the component answers to the masked call, which is run for it: a plugin that
    /// looks at words may behave differently, and [`Masked`] says whether it does. With the same seed
    /// the replacements are the same, so that whoever knows it can tell them; use a fresh one and
    /// forget it.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the component is not the one that ran, and as [`Transcript::replay`].
    pub fn masked(
        &self,
        runtime: &Runtime,
        component: &Component,
        seed: [u8; 32],
    ) -> Result<Transcript, Error> {
        if component.digest != self.digest {
            return Err(Error::invalid(
                "component",
                format!(
                    "masking runs the component that ran, which is {}",
                    self.digest
                ),
            ));
        }
        let mut mask = Mask::new(seed, &component.wasm);
        let mut copy = self.clone();
        copy.trigger = match &self.trigger {
            Trigger::Event { event, kind } => Trigger::Event {
                event: EventId(mask.id(event.0)),
                kind: kind.clone(),
            },
            action => action.clone(),
        };
        copy.called = mask.called(&self.called);
        copy.seen = Arc::new(mask.slice(&self.seen));
        if let RunOutcome::Failed { detail, .. } = &mut copy.outcome {
            *detail = "masked".to_owned();
        }
        copy.answer = copy.replay(runtime, component)?.replayed;
        copy.masked = Some(Masked {
            same_kinds: kinds(&copy.answer) == kinds(&self.answer),
            recorded: kinds(&self.answer).0,
            recorded_failure: kinds(&self.answer).1,
            kept: mask.kept(),
        });
        Ok(copy)
    }
}

fn kinds(answer: &Answer) -> (Vec<EffectKind>, Option<FailureKind>) {
    let kinds = answer.effects.iter().map(Effect::kind).collect();
    (kinds, answer.failure.as_ref().map(|failure| failure.kind))
}

impl Mask<'_> {
    fn called(&mut self, called: &Called) -> Called {
        match called {
            Called::Event { event } => Called::Event {
                event: self.event(event),
            },
            Called::Action { action, input } => Called::Action {
                action: action.clone(),
                input: self.json(input),
            },
        }
    }

    fn event(&mut self, event: &EventData) -> EventData {
        match event {
            EventData::InteractionRecorded { interaction } => EventData::InteractionRecorded {
                interaction: self.interaction(interaction),
            },
            EventData::CustomerCreated
            | EventData::CustomerChanged { .. }
            | EventData::ScheduleDue { .. } => event.clone(),
            EventData::TimerDue {
                installation,
                key,
                payload,
            } => EventData::TimerDue {
                installation: installation.clone(),
                key: self.name(key),
                payload: self.json(payload),
            },
            EventData::TaskClosed {
                task,
                installation,
                title,
                group_key,
                outcome,
                note,
                closed_by,
                evidence,
            } => EventData::TaskClosed {
                task: TaskId(self.id(task.0)),
                installation: installation.clone(),
                title: self.text(title),
                group_key: group_key.as_ref().map(|key| self.name(key)),
                outcome: self.name(outcome),
                note: self.optional(note),
                closed_by: self.optional(closed_by),
                evidence: evidence
                    .iter()
                    .map(|id| InteractionId(self.id(id.0)))
                    .collect(),
            },
            EventData::QuestionAnswered {
                question,
                installation,
                name,
                answer,
                answered_by,
                interaction,
            } => EventData::QuestionAnswered {
                question: QuestionId(self.id(question.0)),
                installation: installation.clone(),
                name: self.name(name),
                answer: self.text(answer),
                answered_by: self.optional(answered_by),
                interaction: InteractionId(self.id(interaction.0)),
            },
            EventData::Message {
                news,
                message,
                installation,
                purpose,
                topic,
                channel,
                dedupe_key,
                interaction,
            } => EventData::Message {
                news: *news,
                message: MessageId(self.id(message.0)),
                installation: installation.clone(),
                purpose: *purpose,
                topic: topic.as_ref().map(|topic| self.name(topic)),
                channel: channel.clone(),
                dedupe_key: self.name(dedupe_key),
                interaction: interaction.map(|id| InteractionId(self.id(id.0))),
            },
            EventData::Other { kind, data } => EventData::Other {
                kind: kind.clone(),
                data: self.json(data),
            },
        }
    }

    fn slice(&mut self, seen: &Slice) -> Slice {
        let history = seen.history.iter();
        let memory = |mask: &mut Self, entries: &std::collections::BTreeMap<String, Json>| {
            let entries = entries.iter();
            Arc::new(
                entries
                    .map(|(key, value)| (mask.name(key), mask.json(value)))
                    .collect(),
            )
        };
        Slice {
            settings: self.settings(&seen.settings),
            customer: seen
                .customer
                .as_ref()
                .map(|customer| self.customer(customer)),
            history: history
                .map(|past| Arc::new(Past::new(self.interaction(past))))
                .collect(),
            customer_memory: memory(self, &seen.customer_memory),
            plugin_memory: memory(self, &seen.plugin_memory),
            ..seen.clone()
        }
    }

    fn customer(&mut self, customer: &CustomerSlice) -> CustomerSlice {
        CustomerSlice {
            id: CustomerId(self.id(customer.id.0)),
            display_name: self.optional(&customer.display_name),
            given_name: self.optional(&customer.given_name),
            birthday: customer.birthday.map(|birthday| self.birthday(birthday)),
            topics: customer
                .topics
                .iter()
                .map(|topic| self.text(topic))
                .collect(),
            tags: customer.tags.iter().map(|tag| self.text(tag)).collect(),
            ..customer.clone()
        }
    }

    fn interaction(&mut self, interaction: &Interaction) -> Interaction {
        Interaction {
            id: InteractionId(self.id(interaction.id.0)),
            customer: CustomerId(self.id(interaction.customer.0)),
            channel: interaction
                .channel
                .as_ref()
                .map(|channel| self.name(channel)),
            subject: self.optional(&interaction.subject),
            body: self.optional(&interaction.body),
            data: self.json(&interaction.data),
            ..interaction.clone()
        }
    }

    fn optional(&mut self, text: &Option<String>) -> Option<String> {
        text.as_ref().map(|text| self.text(text))
    }

    /// The operator's own words stay, as the plugin acts on them; addresses, numbers and ids in them
    /// do not.
    fn settings(&mut self, text: &Arc<str>) -> Arc<str> {
        let Ok(settings) = serde_json::from_str::<Json>(text) else {
            return text.clone();
        };
        let masked = self.walk(&settings, &mut |mask, text| {
            if text::reaches_somebody(text) {
                mask.text(text)
            } else {
                mask.ids_in(text)
            }
        });
        masked.to_string().into()
    }
}
