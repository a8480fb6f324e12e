//! Entry points for the fuzz targets of `tests/fuzz` and for the test that replays their corpus: readers
//! that a caller reaches only through a component, a command or a file. Not part of the API: only the
//! feature `__fuzzing` compiles them.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use anyhow::{Context, Result, bail};
use clap::Parser;
use regulars_manifest::Manifest;

use super::import::values::Dates;
use super::output::Out;
use super::plugin::situation::Situation;
use super::{Cli, Command};
use regulars::host::Host;
use regulars::model::{Birthday, InstallationId, Json, Timestamp};
use regulars::plugin::{PluginError, Section, Validator, read};

/// Reads a manifest as the host does when a plugin describes itself.
pub fn manifest(json: &str) -> Result<Manifest, PluginError> {
    read(json)
}

/// Returns the asks of a manifest as sentences.
pub fn in_words(manifest: &Manifest) -> Vec<Section> {
    regulars::plugin::sections(manifest)
}

/// Checks a value against a schema, as the host does with settings and with an action's input and output.
pub fn conforms(schema: &Json, value: &Json) -> Result<(), String> {
    let wrong = |errors: Vec<regulars::plugin::SchemaError>| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        errors.join("; ")
    };
    Validator::new(schema)?.check(value).map_err(wrong)
}

/// Runs `regulars import …` on this host and returns the summary that it prints as JSON.
pub fn import(host: &Host, arguments: &[&str]) -> Result<Json> {
    let program = ["regulars", "import"];
    let mut cli = Cli::try_parse_from(program.iter().chain(arguments))?;
    cli.global.host = Some(host.clone());
    let Command::Import(import) = cli.command else {
        bail!("not an import command");
    };
    let buffer = SharedBuffer::default();
    let mut out = Out::to(buffer.clone());
    import.run(&cli.global, &mut out)?;
    out.flush()?;
    serde_json::from_slice(&buffer.0.borrow()).context("the summary is not JSON")
}

/// Reads the files of `regulars plugin run --event FILE [--history FILE]`.
pub fn situation(file: &Path, history: Option<&Path>) -> Result<()> {
    let plugin: InstallationId = "fuzzed".parse()?;
    let text = std::fs::read_to_string(file)?;
    let mut situation = Situation::read(file, &text, &plugin, Some(Timestamp::UNIX_EPOCH))?;
    match history {
        Some(history) => situation.replace_history(history),
        None => Ok(()),
    }
}

/// The parser of an import's cells with a day or an instant.
pub struct Day(Dates);

impl Day {
    /// Returns the parser for `--time-zone` and `--date-format`, or `None` if the zone is unknown.
    pub fn new(zone: &str, format: Option<String>) -> Option<Day> {
        let zone = jiff::tz::TimeZone::get(zone).ok()?;
        Some(Day(Dates::new(zone, format)))
    }

    pub fn instant(&self, cell: &str) -> Result<Timestamp, String> {
        self.0.instant(cell)
    }

    pub fn birthday(&self, cell: &str) -> Result<Birthday, String> {
        self.0.birthday(cell)
    }
}

/// A shared buffer: a clone reads what another one wrote.
#[derive(Clone, Default)]
struct SharedBuffer(Rc<RefCell<Vec<u8>>>);

impl Write for SharedBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
