//! Validation of a plugin's effects. Each must be granted, well-formed, and cite only this customer's own records;
//! otherwise the whole run is refused.

use std::collections::HashSet;

use jiff::SignedDuration;

use super::completed_run::CompletedRun;
use super::quota;
use super::records::Records;
use crate::model::*;
use crate::plugin_set::Active;
use crate::store::{Memory, StoreError};

/// Longest title or other single line, in characters.
const MAX_LINE: usize = 200;
/// Longest body, in characters.
const MAX_TEXT: usize = 4000;
/// Most interactions that one proposal may cite.
const MAX_EVIDENCE: usize = 200;
/// Longest memory key, in bytes.
const MAX_KEY: usize = 128;
/// Largest memory value or payload, in bytes of JSON.
const MAX_JSON: usize = 16 * 1024;
/// The latest time of a timer, in days from now: five years.
const MAX_TIMER_DAYS: i64 = 5 * 366;

/// The reason why a run is refused.
pub(crate) type Refusal = (FailureKind, String);

/// Refuses the run if one of its effects is not allowed. Then none of its effects counts.
pub(super) fn validate_with(
    records: &impl Records,
    run: &mut CompletedRun,
    citable: &HashSet<InteractionId>,
    (of_customer, own): &(Memory, Memory),
    now: Timestamp,
) -> Result<(), StoreError> {
    if run.failure.is_some() || run.effects.is_empty() {
        return Ok(());
    }
    let mut checked = check(records, run, citable, now)?;
    if checked.is_ok() {
        checked = quota::check(of_customer, own, &run.effects);
    }
    if checked.is_ok() {
        checked = quota::timers(records, run)?;
    }
    if let Err(refusal) = checked {
        run.refuse(refusal);
    }
    Ok(())
}

/// Checks all effects of a run. `Ok(Err(…))` refuses the run; the outer error is the store's.
fn check(
    records: &impl Records,
    run: &CompletedRun,
    citable: &HashSet<InteractionId>,
    now: Timestamp,
) -> Result<Result<(), Refusal>, StoreError> {
    let (active, customer, effects) = (&*run.active, run.customer, &run.effects);
    let mut cited = HashSet::new();
    for (index, effect) in effects.iter().enumerate() {
        let place = |(kind, problem): Refusal| {
            (
                kind,
                format!("effect {} ({}): {problem}", index + 1, effect.kind()),
            )
        };
        let checked = granted(active, effect)
            .and_then(|()| about_customer(customer, effect))
            .and_then(|()| because(effect))
            .and_then(|()| content(active, now, effect));
        if let Err(refusal) = checked {
            return Ok(Err(place(refusal)));
        }
        if let Some(because) = effect.because() {
            cited.extend(
                because
                    .evidence
                    .iter()
                    .copied()
                    .filter(|id| !citable.contains(id)),
            );
        }
    }
    let Some(customer) = customer.filter(|_| !cited.is_empty()) else {
        return Ok(Ok(()));
    };
    let cited: Vec<InteractionId> = cited.into_iter().collect();
    if records.count_owned(customer, &cited)? == cited.len() {
        return Ok(Ok(()));
    }
    Ok(Err((
        FailureKind::BadEvidence,
        "it cites an interaction that is not this customer's: cite only ids that the event or the history gave".to_owned(),
    )))
}

fn granted(active: &Active, effect: &Effect) -> Result<(), Refusal> {
    let grants = &active.installation.grants;
    if !grants.effects.contains(&effect.kind()) {
        let asked = active
            .installation
            .manifest
            .proposes
            .iter()
            .any(|ask| ask.effect == effect.kind());
        return Err((
            FailureKind::NotGranted,
            if asked {
                format!(
                    "{} was not granted “{}”: grant it, if its reason convinces you",
                    active.installation.id,
                    effect.kind()
                )
            } else {
                format!(
                    "its manifest does not ask for “{}”: a plugin may return only what it asked for",
                    effect.kind()
                )
            },
        ));
    }
    match effect {
        Effect::Record(entry) if !grants.record_kinds.contains(&entry.kind) => Err((
            FailureKind::NotGranted,
            format!(
                "it was not granted to record a “{}”",
                crate::text::line(&entry.kind, 64)
            ),
        )),
        _ => Ok(()),
    }
}

fn about_customer(customer: Option<CustomerId>, effect: &Effect) -> Result<(), Refusal> {
    match effect {
        Effect::Remember {
            scope: Scope::Plugin,
            ..
        } => Ok(()),
        _ if customer.is_some() => Ok(()),
        _ => malformed("it concerns a customer, and this call was about none"),
    }
}

fn because(effect: &Effect) -> Result<(), Refusal> {
    let Some(because) = effect.because() else {
        return Ok(());
    };
    text("because.reason", &because.reason, 1, 500)?;
    if because.evidence.is_empty() {
        return Err((
            FailureKind::BadEvidence,
            "it cites nothing: name at least one interaction that shows the reason".to_owned(),
        ));
    }
    if because.evidence.len() > MAX_EVIDENCE {
        return malformed(format!(
            "it cites {} interactions, {MAX_EVIDENCE} are the most",
            because.evidence.len()
        ));
    }
    Ok(())
}

fn content(active: &Active, now: Timestamp, effect: &Effect) -> Result<(), Refusal> {
    match effect {
        Effect::Suggest(suggestion) => {
            text("title", &suggestion.title, 1, MAX_LINE)?;
            text("body", &suggestion.body, 0, MAX_TEXT)?;
            match &suggestion.action {
                Some(action) if !active.actions.contains_key(action) => malformed(format!(
                    "its action “{}” is none of the plugin's own",
                    crate::text::line(action, 64)
                )),
                _ => Ok(()),
            }
        }
        Effect::Ask(question) => {
            text("id", &question.id, 1, 64)?;
            text("text", &question.text, 1, 500)?;
            if question.choices.len() > 10 {
                return malformed("it has more than 10 choices");
            }
            question
                .choices
                .iter()
                .try_for_each(|choice| text("a choice", choice, 1, MAX_LINE))
        }
        Effect::Message(message) => {
            text("subject", &message.subject, 1, MAX_LINE)?;
            text("body", &message.body, 1, MAX_TEXT)?;
            text("value", &message.value, 1, 500)?;
            text("dedupe-key", &message.dedupe_key, 1, MAX_KEY)?;
            if message.channels.len() > 10 {
                return malformed("it names more than 10 channels");
            }
            message
                .channels
                .iter()
                .try_for_each(|channel| text("a channel", channel, 1, 32))
        }
        Effect::Task(task) => {
            text("title", &task.title, 1, MAX_LINE)?;
            text("body", &task.body, 0, MAX_TEXT)?;
            text("role", &task.role, 1, 64)?;
            task.group_key
                .as_ref()
                .map_or(Ok(()), |key| text("group-key", key, 1, MAX_KEY))
        }
        Effect::Remember { .. } => entry(effect),
        Effect::Wake(timer) => {
            text("key", &timer.key, 1, MAX_KEY)?;
            json("payload", &timer.payload)?;
            if timer.at > now + SignedDuration::from_hours(24 * MAX_TIMER_DAYS) {
                return malformed(format!(
                    "it wants to be woken at {}, five years ahead is the most",
                    timer.at
                ));
            }
            Ok(())
        }
        Effect::Tag { tag } | Effect::Untag { tag } => {
            if crate::text::is_label(tag) {
                return Ok(());
            }
            malformed("a tag is 1 to 64 characters on one line, without blanks around it")
        }
        Effect::ProposeLevel { .. } => Ok(()),
        Effect::Record(entry) => {
            entry
                .subject
                .as_ref()
                .map_or(Ok(()), |subject| text("subject", subject, 0, MAX_LINE))?;
            entry
                .channel
                .as_ref()
                .map_or(Ok(()), |channel| text("channel", channel, 0, MAX_LINE))?;
            entry
                .body
                .as_ref()
                .map_or(Ok(()), |body| text("body", body, 0, MAX_TEXT))?;
            if !entry.data.is_object() {
                return malformed("its data is not a JSON object");
            }
            json("data", &entry.data)
        }
    }
}

/// Checks one entry of a memory.
pub(super) fn entry(effect: &Effect) -> Result<(), Refusal> {
    let Effect::Remember { key, value, .. } = effect else {
        return Ok(());
    };
    text("key", key, 1, MAX_KEY)?;
    value.as_ref().map_or(Ok(()), |value| json("value", value))
}

fn text(what: &str, text: &str, min: usize, max: usize) -> Result<(), Refusal> {
    let length = text.chars().count();
    if length > max {
        return malformed(format!(
            "its {what} has {length} characters, {max} are the most"
        ));
    }
    if min > 0 && text.trim().is_empty() {
        return malformed(format!("its {what} is empty"));
    }
    if text
        .chars()
        .any(|c| crate::text::hidden(c) && !matches!(c, '\n' | '\t'))
    {
        return malformed(format!("its {what} has control characters"));
    }
    Ok(())
}

fn json(what: &str, value: &Json) -> Result<(), Refusal> {
    let size = value.to_string().len();
    if size <= MAX_JSON {
        return Ok(());
    }
    malformed(format!(
        "its {what} is {size} bytes of JSON, {MAX_JSON} are the most"
    ))
}

fn malformed(problem: impl Into<String>) -> Result<(), Refusal> {
    Err((FailureKind::MalformedEffect, problem.into()))
}
