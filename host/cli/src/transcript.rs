//! Exports transcripts and prints the results of replays.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use jiff::tz::TimeZone;
use similar::{ChangeTag, TextDiff};

use super::file::private;
use super::output::{Out, is_broken_pipe, safe};
use super::{Global, words};
use regulars::model::*;
use regulars::runtime::{CallOutput, RunLimits};
use regulars::transcript::{Masked, OutputDiff, Replay};

/// Export a run's transcript: all its inputs, to run it again elsewhere
#[derive(Args)]
#[command(after_help = "\
A transcript holds the personal data that the plugin saw. --mask replaces names, texts and ids
with others of the same length. Kinds, times and numbers stay, as do keys that look like
identifiers of a program. Of the settings, only addresses and telephone numbers are replaced:
check the file before you send it.

A plugin that reads words may behave differently on a masked transcript. The command runs it once
on the masked one, and says whether the kinds of effect are still the same.

The file and the component are all that is needed to run it again, without a database:
  regulars plugin run coach-referral.wasm run.json

Example:
  regulars run export 01970000-0000-7000-8000-000000000001 --mask -o run.json")]
pub struct Export {
    /// Id of a run with a stored transcript
    run: RunId,
    /// File to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace personal data
    #[arg(long)]
    mask: bool,
}

impl Export {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let transcript = if self.mask {
            host.masked_transcript(self.run)?
        } else {
            host.transcript(self.run)?
        };
        match &self.output {
            None => out.document(&transcript)?,
            Some(file) => {
                private(file, |to| {
                    serde_json::to_writer_pretty(&mut *to, &transcript)?;
                    Ok(to.write_all(b"\n")?)
                })?;
                out.note(format!(
                    "Wrote {}. Run it again with: regulars plugin run {}.wasm {}",
                    file.display(),
                    transcript.plugin,
                    file.display()
                ));
            }
        }
        match &transcript.masked {
            None => out.note("It holds the personal data that the plugin saw: --mask replaces it."),
            Some(masked) => report_masked(out, masked, &transcript.answer),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Reports the effects of masking on the plugin's answer.
fn report_masked(out: &Out, masked: &Masked, answer: &CallOutput) {
    let was = list_kinds(&masked.recorded, masked.recorded_failure);
    if masked.same_kinds {
        out.note(format!(
            "Personal data was replaced. The plugin still answers with {was}, in other words."
        ));
    } else {
        let failure = answer.failure.as_ref().map(|failure| failure.kind);
        let effects: Vec<_> = answer.effects.iter().map(Effect::kind).collect();
        out.note(format!(
            "Personal data was replaced, and the plugin behaves differently now: it answered with {was} \
             before, and now with {}.",
            list_kinds(&effects, failure)
        ));
    }
    if !masked.kept.is_empty() {
        let kept: Vec<String> = masked
            .kept
            .iter()
            .map(|it| format!("“{}”", safe(it, 64)))
            .collect();
        out.note(format!(
            "Not replaced, because the plugin's code contains them: {}. Check that none is personal.",
            kept.join(", ")
        ));
    }
}

fn list_kinds(effects: &[regulars_manifest::EffectKind], failure: Option<FailureKind>) -> String {
    match (failure, effects) {
        (Some(failure), _) => format!("the failure “{}”", failure_name(failure)),
        (None, []) => "nothing".to_owned(),
        (None, effects) => {
            let effects: Vec<String> = effects.iter().map(ToString::to_string).collect();
            effects.join(", ")
        }
    }
}

/// Prints a plugin's answer: its effects, before any decision, and its logs.
pub fn print_answer(out: &mut Out, answer: &CallOutput, zone: &TimeZone) -> Result<()> {
    let paint = out.paint;
    let last = answer.effects.len().saturating_sub(1);
    for (index, effect) in answer.effects.iter().enumerate() {
        let (branch, below) = if index == last {
            ("└─", "   ")
        } else {
            ("├─", "│  ")
        };
        out.line(format!("{branch} {}", words::effect(effect, zone)))?;
        if let Some(text) = words::details(effect) {
            out.line(format!("{below} {text}"))?;
        }
        if let Some(because) = effect.because() {
            out.line(format!("{below} because: {}", safe(&because.reason, 500)))?;
        }
    }
    if let Some(output) = &answer.output {
        out.line(format!("output  {}", safe(&output.to_string(), 500)))?;
    }
    if let Some(failure) = &answer.failure {
        let kind = failure_name(failure.kind);
        let text = format!("failed ({kind}): {}", safe(&failure.detail, 500));
        out.line(paint.red(&text))?;
    }
    for log in &answer.logs {
        let severity = format!("{:?}", log.severity).to_lowercase();
        out.line(paint.dim(&format!("log {severity}: {}", safe(&log.text, 500))))?;
    }
    Ok(())
}

/// Prints the costs of a run and their share of its limits.
pub fn print_costs(
    out: &mut Out,
    fuel: u64,
    micros: u64,
    memory: u64,
    limits: &RunLimits,
) -> Result<()> {
    let timeout = limits.timeout_ms.saturating_mul(1000);
    let limit = limits.max_memory as u64;
    out.line(format!(
        "\nfuel    {} of {} ({})",
        words::count(fuel),
        words::count(limits.fuel),
        words::share(fuel, limits.fuel)
    ))?;
    out.line(format!(
        "time    {} of {} ({})",
        words::duration(micros),
        words::duration(timeout),
        words::share(micros, timeout)
    ))?;
    out.line(format!(
        "memory  {} of {} ({})",
        words::bytes(memory),
        words::bytes(limit),
        words::share(memory, limit)
    ))
}

/// Prints the result of a replay, and returns its exit code: 0 if it is the same, 1 if it differs.
pub fn print_replay(out: &mut Out, replay: &Replay) -> Result<ExitCode> {
    let paint = out.paint;
    let effects = replay.replayed.effects.len() as u64;
    let what = match &replay.replayed.failure {
        Some(failure) => format!("the failure “{}”", failure_name(failure.kind)),
        None => words::counted(effects, "effect", "effects"),
    };
    if replay.same {
        let same = paint.green("the same, byte for byte");
        out.line(format!("{same}: {what}"))?;
    } else {
        out.line(paint.red("different"))?;
        for difference in &replay.differences {
            show(out, difference)?;
        }
    }
    if replay.same_fuel {
        out.line(format!(
            "the same fuel: {}",
            words::count(replay.replayed.fuel)
        ))?;
    } else {
        out.line(format!(
            "fuel {}, recorded {}",
            words::count(replay.replayed.fuel),
            words::count(replay.recorded.fuel)
        ))?;
    }
    for note in &replay.notes {
        out.line(paint.yellow(&format!("note: {}", safe(note, 1000))))?;
    }
    Ok(ExitCode::from(if replay.same { 0 } else { 1 }))
}

fn show(out: &mut Out, difference: &OutputDiff) -> Result<()> {
    let paint = out.paint;
    let only = match (&difference.recorded, &difference.replayed) {
        (Some(_), None) => ", only in the recording",
        (None, Some(_)) => ", only in the replay",
        _ => "",
    };
    let heading = format!("{}{only}", safe(&difference.what, 40));
    out.line(paint.bold(&heading))?;
    let text = |json: &Option<Json>| match json {
        Some(json) => serde_json::to_string_pretty(json).map(|text| text + "\n"),
        None => Ok(String::new()),
    };
    let (recorded, replayed) = (text(&difference.recorded)?, text(&difference.replayed)?);
    for change in TextDiff::from_lines(&recorded, &replayed).iter_all_changes() {
        let line = safe(change.value().trim_end_matches('\n'), 2000);
        out.line(match change.tag() {
            ChangeTag::Delete => paint.red(&format!("  - {line}")),
            ChangeTag::Insert => paint.green(&format!("  + {line}")),
            ChangeTag::Equal => format!("    {line}"),
        })?;
    }
    Ok(())
}

/// Turns an error into exit code 2: the run could not be replayed. 1 stands for a different result.
pub fn exit_with_2(out: &mut Out, result: Result<ExitCode>) -> Result<ExitCode> {
    match result {
        Err(error) if !is_broken_pipe(&error) => {
            out.flush()?;
            out.error(&error);
            Ok(ExitCode::from(2))
        }
        other => other,
    }
}

/// Describes on one line whether a run has a stored transcript.
pub fn describe_transcript(host: &regulars::Host, run: RunId) -> Result<String> {
    match host.transcript(run) {
        Ok(_) => Ok(format!("transcript kept: regulars replay {run}")),
        Err(regulars::Error::NotFound { id, .. }) => {
            let why = id.split_once(": ").map_or(id.as_str(), |(_, why)| why);
            Ok(format!("no transcript: {why}"))
        }
        Err(error) => Err(error.into()),
    }
}

pub fn has_transcript(host: &regulars::Host, run: RunId) -> Result<bool> {
    match host.transcript(run) {
        Ok(_) => Ok(true),
        Err(regulars::Error::NotFound { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

pub fn failure_name(kind: FailureKind) -> String {
    let word = serde_json::to_string(&kind).unwrap_or_default();
    word.trim_matches('"').to_owned()
}
