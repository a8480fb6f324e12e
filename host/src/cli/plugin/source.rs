//! Where a component comes from.

use std::path::Path;

use anyhow::{Context, Result};

use crate::model::Json;

/// A component, and the source that the operator chose.
pub struct Fetched {
    pub wasm: Vec<u8>,
    /// As it is kept with the installation.
    pub source: String,
}

/// The bytes of a source: a file.
pub fn fetch(source: &str) -> Result<Fetched> {
    let file = Path::new(source);
    let wasm = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    Ok(Fetched {
        wasm,
        source: absolute.display().to_string(),
    })
}

/// Asks the person at the terminal; an answer on one line, without blanks around it.
pub fn answer(json: bool, question: &str, instead: &str) -> Result<String> {
    use std::io::{self, BufRead, IsTerminal, Write};
    if !io::stdin().is_terminal() {
        anyhow::bail!("nobody is there to say yes: {instead}");
    }
    if json {
        anyhow::bail!("--json asks no questions: {instead}");
    }
    let mut stderr = io::stderr();
    write!(stderr, "\n{question} ")?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}

/// Settings from the command line.
pub fn settings(given: Option<&String>) -> Result<Option<Json>> {
    given
        .map(|text| super::json_argument("--settings", text))
        .transpose()
}
