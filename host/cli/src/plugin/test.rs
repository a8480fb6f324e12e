use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use regulars_build::Cancel;
use serde_json::json;

use super::build::{Project, Toolchain, relative};
use super::read_component;
use crate::file::private;
use crate::output::{Out, safe};
use crate::transcript::{exit_with_2, print_replay};
use crate::words;
use regulars::model::{Component, RunOutcome};
use regulars::runtime::{Runtime, RuntimeConfig};
use regulars::transcript::{Replay, Transcript};

/// Build a plugin and replay its recorded runs, comparing the effects byte for byte
#[derive(Args)]
#[command(after_help = "\
Recorded runs are transcripts in tests/transcripts/*.json below the folder, as `regulars run
export` writes them. Each is replayed with its recorded input. Effects, output and the kind of
failure must be the same; the fuel may differ, and is printed.

Exit code: 0 all the same, 1 some differ, 2 the build failed or a run cannot be replayed.

Examples:
  regulars plugin test
  regulars run export 01970000-0000-7000-8000-000000000001 --mask -o tests/transcripts/away.json
  regulars plugin test --bless        accept the new results
  regulars plugin test --component target/plugins/late-return.wasm --json")]
pub struct Test {
    /// Folder with the plugin's Cargo.toml
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
    /// Test this component, in place of building one
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,
    /// Write the new results into the transcripts that differ
    #[arg(long)]
    bless: bool,
    #[command(flatten)]
    toolchain: Toolchain,
}

/// Folder of transcripts, below a project's folder.
const TRANSCRIPTS_FOLDER: &str = "tests/transcripts";

/// Number of transcripts by result.
#[derive(Default)]
struct Tally {
    same: u64,
    blessed: u64,
    different: u64,
    failed: u64,
}

impl Test {
    pub fn run(self, out: &mut Out) -> Result<ExitCode> {
        let result = self.test(out);
        exit_with_2(out, result)
    }

    fn test(self, out: &mut Out) -> Result<ExitCode> {
        let files = transcripts(&self.folder)?;
        let wasm = match &self.component {
            Some(file) => read_component(file)?,
            None => {
                let project = Project::of(&self.folder)?;
                self.toolchain.check_target(&project)?;
                project.build(&Cancel::default())?.wasm
            }
        };
        let component = Component::new(wasm);
        let runtime = Runtime::new(RuntimeConfig {
            instances: 1,
            ..RuntimeConfig::default()
        })?;
        // Checks the component once, so that one error is printed and not one per transcript.
        runtime
            .load(&component)
            .context("the component is not a valid plugin")?;
        let mut tally = Tally::default();
        for file in &files {
            match replay(file, &runtime, &component) {
                Ok((transcript, replay)) => {
                    self.report(file, transcript, &replay, &mut tally, out)?;
                }
                Err(error) => {
                    tally.failed += 1;
                    let text = safe(&format!("{error:#}"), 500);
                    if out.json {
                        out.document(&json!({ "file": file, "result": "cannot", "error": text }))?;
                    } else {
                        out.line(format!(
                            "{}  {}",
                            out.paint.red("cannot   "),
                            display_name(file)
                        ))?;
                        out.line(format!("  {text}"))?;
                    }
                }
            }
        }
        tally.finish(out)
    }

    fn report(
        &self,
        file: &Path,
        transcript: Transcript,
        replay: &Replay,
        tally: &mut Tally,
        out: &mut Out,
    ) -> Result<()> {
        let bless = self.bless && !(replay.same && replay.same_fuel);
        if bless {
            bless_transcript(file, transcript, replay)?;
        }
        let (count, result) = match (bless, replay.same) {
            (true, _) => (&mut tally.blessed, "blessed"),
            (false, true) => (&mut tally.same, "same"),
            (false, false) => (&mut tally.different, "different"),
        };
        *count += 1;
        if out.json {
            return out.document(&json!({ "file": file, "result": result, "replay": replay }));
        }
        let paint = out.paint;
        let word = format!("{result:9}");
        let word = match result {
            "different" => paint.red(&word),
            "blessed" => paint.yellow(&word),
            _ => paint.green(&word),
        };
        let effects = replay.replayed.effects.len() as u64;
        let fuel = match replay.same_fuel {
            true => String::new(),
            false => format!(" ({} before)", words::count(replay.recorded.fuel)),
        };
        out.line(format!(
            "{word}  {}: {}, fuel {}{fuel}",
            display_name(file),
            words::counted(effects, "effect", "effects"),
            words::count(replay.replayed.fuel),
        ))?;
        if !replay.same {
            print_replay(out, replay)?;
        }
        Ok(())
    }
}

impl Tally {
    fn finish(self, out: &mut Out) -> Result<ExitCode> {
        if !out.json {
            let parts = [
                (self.same, "the same"),
                (self.blessed, "blessed"),
                (self.different, "different"),
                (self.failed, "not run"),
            ];
            let parts = parts.iter().filter(|(count, _)| *count > 0);
            let parts: Vec<String> = parts
                .map(|(count, word)| format!("{} {word}", words::count(*count)))
                .collect();
            out.line(format!("\n{}", parts.join(", ")))?;
            if self.different > 0 {
                out.note("To accept the new results: regulars plugin test --bless");
            }
        }
        Ok(ExitCode::from(match self {
            Tally { failed: 1.., .. } => 2,
            Tally { different: 1.., .. } => 1,
            _ => 0,
        }))
    }
}

/// Returns the transcripts, sorted by name.
fn transcripts(folder: &Path) -> Result<Vec<PathBuf>> {
    let folder = folder.join(TRANSCRIPTS_FOLDER);
    let mut files = Vec::new();
    if let Ok(entries) = std::fs::read_dir(&folder) {
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|it| it == "json") {
                files.push(path);
            }
        }
    }
    if files.is_empty() {
        bail!(
            "no transcripts in {}: export a run with regulars run export RUN --mask -o {TRANSCRIPTS_FOLDER}/NAME.json",
            folder.display()
        );
    }
    files.sort();
    Ok(files)
}

fn replay(file: &Path, runtime: &Runtime, component: &Component) -> Result<(Transcript, Replay)> {
    let text = std::fs::read_to_string(file).context("cannot read the file")?;
    // The error already contains its cause.
    let transcript = Transcript::read(&text).map_err(|error| anyhow!("{error}"))?;
    let replay = transcript.replay(runtime, component)?;
    Ok((transcript, replay))
}

/// Writes the new result into the transcript.
fn bless_transcript(file: &Path, mut transcript: Transcript, replay: &Replay) -> Result<()> {
    let recorded_in = transcript.answer.micros;
    transcript.digest = replay.replayed_with;
    transcript.answer = replay.replayed.clone();
    // Keeps the recorded time, so that blessing twice changes nothing.
    transcript.answer.micros = recorded_in;
    if !replay.same {
        transcript.outcome = match &replay.replayed.failure {
            None => RunOutcome::Completed,
            Some(failure) => RunOutcome::Failed {
                failure: failure.kind,
                detail: failure.detail.clone(),
            },
        };
    }
    private(file, |to| {
        serde_json::to_writer_pretty(&mut *to, &transcript)?;
        Ok(to.write_all(b"\n")?)
    })
}

fn display_name(file: &Path) -> String {
    let name = relative(file).file_stem().unwrap_or_default();
    safe(&name.to_string_lossy(), 100)
}
