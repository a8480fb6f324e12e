//! Masking: a copy of a transcript without personal data.

mod text;

use std::sync::Arc;

use regulars_manifest::EffectKind;
use serde::{Deserialize, Serialize};

use self::text::Mask;
use super::Transcript;
use crate::Error;
use crate::runtime::{CallOutput, CustomerView, HistoryEntry, Invocation, PluginView, Runtime};
use regulars_model::*;

/// The result of masking a transcript, and the behaviour that the plugin kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Masked {
    /// True if the plugin still returns the same kinds of effect in the same order, or fails in the same way.
    /// The transcript's `answer` is its output for the masked call.
    pub same_kinds: bool,
    /// The kinds of effect in the recorded output.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<String>))]
    pub recorded: Vec<EffectKind>,
    /// The kind of the recorded failure.
    pub recorded_failure: Option<FailureKind>,
    /// Texts that were not replaced, because they occur in the plugin's own code.
    pub kept: Vec<String>,
}

impl Transcript {
    /// Returns a copy in which names, texts and ids are replaced by others of the same length and character
    /// classes. Equal texts get equal replacements. Kinds, times, numbers, levels, languages, time zones, and
    /// keys and channels that look like identifiers stay. So do the settings, except addresses and telephone
    /// numbers, and texts that occur in the plugin's code, because it compares with them.
    ///
    /// The copy's output is the component's output for the masked call, which this function runs. A plugin
    /// that looks at words may behave differently, and [`Masked`] tells if it does. The seed determines the
    /// replacements, so anybody who knows it can recompute them: use a fresh one and discard it.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the component is not the one that ran. Otherwise as [`Transcript::replay`].
    pub fn masked(
        &self,
        runtime: &Runtime,
        component: &Component,
        seed: [u8; 32],
    ) -> Result<Transcript, Error> {
        if component.digest != self.digest {
            return Err(Error::invalid(
                "component",
                format!("expected the component that ran: {}", self.digest),
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
        copy.seen = Arc::new(mask.view(&self.seen));
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

fn kinds(answer: &CallOutput) -> (Vec<EffectKind>, Option<FailureKind>) {
    let kinds = answer.effects.iter().map(Effect::kind).collect();
    (kinds, answer.failure.as_ref().map(|failure| failure.kind))
}

impl Mask<'_> {
    fn called(&mut self, called: &Invocation) -> Invocation {
        match called {
            Invocation::Event { event } => Invocation::Event {
                event: self.event(event),
            },
            Invocation::Action { action, input } => Invocation::Action {
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

    fn view(&mut self, seen: &PluginView) -> PluginView {
        let history = seen.history.iter();
        let memory = |mask: &mut Self, entries: &std::collections::BTreeMap<String, Json>| {
            let entries = entries.iter();
            Arc::new(
                entries
                    .map(|(key, value)| (mask.name(key), mask.json(value)))
                    .collect(),
            )
        };
        PluginView {
            settings: self.settings(&seen.settings),
            customer: seen
                .customer
                .as_ref()
                .map(|customer| self.customer(customer)),
            history: history
                .map(|past| Arc::new(HistoryEntry::new(self.interaction(past))))
                .collect(),
            customer_memory: memory(self, &seen.customer_memory),
            plugin_memory: memory(self, &seen.plugin_memory),
            ..seen.clone()
        }
    }

    fn customer(&mut self, customer: &CustomerView) -> CustomerView {
        CustomerView {
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

    /// Keeps the operator's own words, because the plugin acts on them, and masks addresses, numbers and ids
    /// in them.
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
