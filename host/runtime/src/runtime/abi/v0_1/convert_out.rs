//! Conversion from the contract to the model, with strict checks of a plugin's output.

use std::collections::BTreeMap;

use super::bindings::regulars::plugin::{effects as wit, types};
use crate::runtime::failure::{CallFailure, MAX_DETAIL, grouped};
use crate::runtime::sanitize::sanitize;
use regulars_model::text::{shown, shown_line};
use regulars_model::{
    Because, Direction, Effect, Entry, FailureKind, InteractionId, Json, Level, MAX_DEPTH,
    MessageProposal, Purpose, QuestionProposal, Scope, Suggestion, TaskProposal, TimerProposal,
    Timestamp, shallow,
};

/// The maximum number of values in all JSON documents of one run. In memory, a value takes up to a hundred
/// times the bytes of its text.
const MAX_JSON_VALUES: usize = 20_000;

/// Converts the effects of a run, at most `max`.
pub fn effects(given: Vec<wit::Effect>, max: usize) -> Result<Vec<Effect>, CallFailure> {
    if given.len() > max {
        return Err(CallFailure::new(
            FailureKind::TooManyEffects,
            format!(
                "returned {} effects, more than the {} that `runtime.max_effects` allows",
                grouped(given.len() as u64),
                grouped(max as u64)
            ),
        ));
    }
    let mut reader = Reader {
        index: 0,
        values_left: MAX_JSON_VALUES,
    };
    let mut effects = Vec::with_capacity(given.len());
    for effect in given {
        effects.push(reader.effect(effect)?);
        reader.index += 1;
    }
    Ok(effects)
}

/// Converts a failure that a plugin returned.
pub fn failure(failure: types::Failure) -> CallFailure {
    let (kind, text) = match failure {
        types::Failure::Retry(text) => (FailureKind::Retry, text),
        types::Failure::Permanent(text) => (FailureKind::Permanent, text),
    };
    let text = sanitize(&text, MAX_DETAIL);
    if text.trim().is_empty() {
        return CallFailure::new(kind, "the plugin gave no reason".to_owned());
    }
    CallFailure::new(kind, text)
}

/// Converts the entries of a migrated memory.
pub fn entries(given: Vec<(String, String)>) -> Result<BTreeMap<String, Json>, CallFailure> {
    let refuse = |problem: String| CallFailure::new(FailureKind::BadOutput, problem);
    let mut values_left = MAX_JSON_VALUES;
    let mut entries = BTreeMap::new();
    for (key, text) in given {
        let values = json_values(&text);
        values_left = values_left.checked_sub(values).ok_or_else(|| {
            let most = grouped(MAX_JSON_VALUES as u64);
            refuse(format!("the migrated memory has more than {most} values"))
        })?;
        let shown = regulars_model::text::line(&key, 64);
        let value: Json = serde_json::from_str(&text)
            .map_err(|error| refuse(format!("the value of “{shown}” is not JSON: {error}")))?;
        if !shallow(&value) {
            return Err(refuse(format!(
                "the value of “{shown}” is nested deeper than {MAX_DEPTH} levels"
            )));
        }
        if entries.insert(key, value).is_some() {
            return Err(refuse(format!("duplicate key “{shown}”")));
        }
    }
    Ok(entries)
}

/// Converts the output of an action.
pub fn output(text: &str) -> Result<Json, CallFailure> {
    let refuse = |problem: String| Err(CallFailure::new(FailureKind::BadOutput, problem));
    if json_values(text) > MAX_JSON_VALUES {
        return refuse(format!(
            "its output has more than {} values",
            grouped(MAX_JSON_VALUES as u64)
        ));
    }
    serde_json::from_str(text).or_else(|error| refuse(format!("its output is not JSON: {error}")))
}

/// Returns an upper bound on the values of a JSON text: every value but the first follows one of these bytes.
/// Bytes within strings count too, which errs on the safe side.
fn json_values(text: &str) -> usize {
    let marks = |byte: &u8| matches!(byte, b'[' | b'{' | b',' | b':');
    1 + text.as_bytes().iter().filter(|byte| marks(byte)).count()
}

struct Reader {
    index: usize,
    values_left: usize,
}

impl Reader {
    fn effect(&mut self, effect: wit::Effect) -> Result<Effect, CallFailure> {
        Ok(match effect {
            wit::Effect::Suggest(it) => Effect::Suggest(Suggestion {
                title: shown_line(it.title),
                body: shown(it.body),
                action: it.action,
                because: self.because(it.because)?,
                expires: self.instant("suggest.expires", it.expires)?,
            }),
            wit::Effect::Ask(it) => Effect::Ask(QuestionProposal {
                id: it.id,
                text: shown_line(it.text),
                choices: it.choices.into_iter().map(shown_line).collect(),
                because: self.because(it.because)?,
            }),
            wit::Effect::Message(it) => Effect::Message(MessageProposal {
                purpose: purpose(it.purpose),
                topic: it.topic.map(shown_line),
                subject: shown_line(it.subject),
                body: shown(it.body),
                channels: it.channels,
                value: shown_line(it.value),
                because: self.because(it.because)?,
                not_before: self.instant("message.not-before", it.not_before)?,
                expires: self.instant("message.expires", it.expires)?,
                dedupe_key: it.dedupe_key,
            }),
            wit::Effect::Task(it) => Effect::Task(TaskProposal {
                title: shown_line(it.title),
                body: shown(it.body),
                role: shown_line(it.role),
                due: self.instant("task.due", it.due)?,
                urgent: it.urgent,
                group_key: it.group_key,
                because: self.because(it.because)?,
            }),
            wit::Effect::Remember(it) => Effect::Remember {
                scope: scope(it.scope),
                key: it.key,
                value: match it.value {
                    Some(text) => Some(self.json("remember.value", &text)?),
                    None => None,
                },
            },
            wit::Effect::Wake(it) => Effect::Wake(TimerProposal {
                key: it.key,
                at: self.timestamp("wake.at", it.at)?,
                payload: self.json("wake.payload", &it.payload)?,
            }),
            wit::Effect::Tag(tag) => Effect::Tag { tag },
            wit::Effect::Untag(tag) => Effect::Untag { tag },
            wit::Effect::ProposeLevel((level, because)) => Effect::ProposeLevel {
                level: match level {
                    types::Level::Low => Level::Low,
                    types::Level::Medium => Level::Medium,
                    types::Level::High => Level::High,
                },
                because: self.because(because)?,
            },
            wit::Effect::Record(it) => Effect::Record(Entry {
                kind: it.kind,
                direction: match it.direction {
                    types::Direction::Inbound => Direction::Inbound,
                    types::Direction::Outbound => Direction::Outbound,
                    types::Direction::Internal => Direction::Internal,
                },
                channel: it.channel.map(shown_line),
                subject: it.subject.map(shown_line),
                body: it.body.map(shown),
                data: self.json("record.data", &it.data)?,
            }),
        })
    }

    fn because(&self, because: wit::Because) -> Result<Because, CallFailure> {
        let evidence = because.evidence.iter().map(|id| {
            id.parse::<InteractionId>().map_err(|_| {
                self.fail(
                    FailureKind::BadEvidence,
                    &format!(
                        "invalid interaction id “{}”: expected an id that the host gave",
                        sanitize(id, 80)
                    ),
                )
            })
        });
        Ok(Because {
            evidence: evidence.collect::<Result<_, _>>()?,
            reason: shown_line(because.reason),
        })
    }

    fn instant(
        &self,
        field: &str,
        instant: Option<types::Instant>,
    ) -> Result<Option<Timestamp>, CallFailure> {
        instant
            .map(|instant| self.timestamp(field, instant))
            .transpose()
    }

    fn timestamp(&self, field: &str, instant: types::Instant) -> Result<Timestamp, CallFailure> {
        Timestamp::from_millisecond(instant).map_err(|_| {
            self.malformed(&format!(
                "invalid instant {instant} in {field}: expected milliseconds since 1970, \
                 up to the year 9999"
            ))
        })
    }

    fn json(&mut self, field: &str, text: &str) -> Result<Json, CallFailure> {
        self.values_left = self
            .values_left
            .checked_sub(json_values(text))
            .ok_or_else(|| {
                self.malformed(&format!(
                    "{field} brings the JSON of this run above {} values",
                    grouped(MAX_JSON_VALUES as u64)
                ))
            })?;
        let json = serde_json::from_str(text)
            .map_err(|error| self.malformed(&format!("{field} is not JSON: {error}")))?;
        if !shallow(&json) {
            return Err(
                self.malformed(&format!("{field} is nested deeper than {MAX_DEPTH} levels"))
            );
        }
        Ok(json)
    }

    fn malformed(&self, problem: &str) -> CallFailure {
        self.fail(FailureKind::MalformedEffect, problem)
    }

    fn fail(&self, kind: FailureKind, problem: &str) -> CallFailure {
        CallFailure::new(kind, format!("effect {}: {problem}", self.index + 1))
    }
}

fn purpose(purpose: wit::Purpose) -> Purpose {
    match purpose {
        wit::Purpose::Service => Purpose::Service,
        wit::Purpose::Care => Purpose::Care,
        wit::Purpose::Education => Purpose::Education,
        wit::Purpose::Community => Purpose::Community,
        wit::Purpose::Offer => Purpose::Offer,
        wit::Purpose::Survey => Purpose::Survey,
    }
}

fn scope(scope: types::Scope) -> Scope {
    match scope {
        types::Scope::Customer => Scope::Customer,
        types::Scope::Plugin => Scope::Plugin,
    }
}
