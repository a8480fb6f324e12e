//! `plugin run` on a transcript, without a database.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use jiff::tz::TimeZone;
use serde_json::json;

use crate::output::{Out, safe};
use crate::transcript::{print_answer, print_costs, print_replay};
use crate::words;
use regulars::model::{Component, RunOutcome, Trigger};
use regulars::runtime::{Runtime, RuntimeConfig};
use regulars::transcript::Transcript;

/// Replays the transcript with this component and prints the comparison.
pub fn run(file: &Path, text: &str, wasm: Vec<u8>, out: &mut Out) -> Result<ExitCode> {
    let transcript =
        Transcript::read(text).with_context(|| format!("invalid transcript {}", file.display()))?;
    let runtime = Runtime::new(RuntimeConfig {
        instances: 1,
        ..RuntimeConfig::default()
    })?;
    let replay = transcript
        .replay(&runtime, &Component::new(wasm))
        .context("the component is not a valid plugin")?;
    if out.json {
        out.document(&json!({ "replay": replay, "limits": transcript.limits }))?;
        return Ok(ExitCode::from(if replay.same { 0 } else { 1 }));
    }
    let zone = TimeZone::get(&transcript.seen.time_zone).unwrap_or(TimeZone::UTC);
    let on = match &transcript.trigger {
        Trigger::Event { kind, .. } => safe(kind, 64),
        Trigger::Action { action } => format!("the action “{}”", safe(action, 64)),
    };
    out.line(format!(
        "{} on {on}, {}: {}",
        out.paint.bold(transcript.plugin.as_str()),
        words::moment(transcript.started_at, &zone),
        words::counted(replay.replayed.effects.len() as u64, "effect", "effects")
    ))?;
    print_answer(out, &replay.replayed, &zone)?;
    let made = &replay.replayed;
    print_costs(
        out,
        made.fuel,
        made.micros,
        made.peak_memory,
        &transcript.limits,
    )?;
    out.line("\ncompared with the recording:")?;
    if replay.replayed_with != replay.recorded_with {
        out.line(format!("recorded with {}", replay.recorded_with))?;
        out.line(format!("replayed with {}", replay.replayed_with))?;
    }
    let code = print_replay(out, &replay)?;
    if let RunOutcome::Failed { failure, detail } = &transcript.outcome
        && transcript.answer.failure.is_none()
    {
        let kind = crate::transcript::failure_name(*failure);
        out.line(out.paint.yellow(&format!(
            "note: the host refused the answer of the recorded run ({kind}): {}",
            safe(detail, 500)
        )))?;
    }
    Ok(code)
}
