//! `regulars plugin list --available`: the catalogue.

use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::json;

use super::obtain::no_catalogue;
use crate::catalogue;
use crate::open::Scratch;
use crate::output::{Out, safe};
use crate::words;

/// Lists the plugins of the catalogue. Each one describes itself, as for `inspect`.
pub fn list(out: &mut Out) -> Result<ExitCode> {
    let scratch = Scratch::new()?;
    let host = scratch.builder("UTC").without_workers().build()?;
    for shipped in catalogue::shipped() {
        let inspection = host
            .inspect(shipped.wasm.to_vec())
            .with_context(|| format!("{} is not a valid plugin", shipped.name))?;
        let manifest = &inspection.manifest;
        if out.json {
            out.document(&json!({
                "name": shipped.name, "version": manifest.version, "title": manifest.title,
                "summary": manifest.summary, "digest": inspection.digest, "size": inspection.size,
            }))?;
            continue;
        }
        let name = out.paint.bold(shipped.name);
        let version = safe(&manifest.version, 30);
        let size = words::bytes(inspection.size);
        out.line(format!("{name} {version}  {size}"))?;
        out.line(format!("  {}", safe(&manifest.summary, 500)))?;
    }
    if catalogue::shipped().is_empty() {
        out.note(format!("No plugins: {}", no_catalogue()));
    } else if !out.json {
        out.note("\nInstall one with: regulars plugin install NAME");
    }
    Ok(ExitCode::SUCCESS)
}
