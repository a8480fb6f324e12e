use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

use super::obtain::{Obtained, Purpose, RegistryArgs, obtain};
use crate::Global;
use crate::open::Scratch;
use crate::output::{Out, safe};
use crate::words;
use regulars::model::Json;
use regulars::plugin::Inspection;

/// Show in plain words what a component can see and propose, with its reasons
#[derive(Args)]
#[command(after_help = "\
Nothing is installed. The component describes itself in an empty sandbox.

Examples:
  regulars plugin inspect target/plugins/coach-referral.wasm
  regulars plugin inspect oci://ghcr.io/acme/overheard:1.2.0")]
pub struct Inspect {
    /// WebAssembly component: a file, a plugin of the catalogue (`regulars plugin list
    /// --available`), or oci://HOST/REPOSITORY:VERSION
    source: String,

    #[command(flatten)]
    registry: RegistryArgs,
}

impl Inspect {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let obtained = obtain(&self.source, Purpose::Inspect, &self.registry, global, out)?;
        let scratch = Scratch::new()?;
        let host = scratch.builder("UTC").without_workers().build()?;
        let inspection = host
            .inspect(obtained.wasm.clone())
            .with_context(|| format!("{} is not a valid plugin", safe(&self.source, 200)))?;
        if out.json {
            let mut document = serde_json::to_value(&inspection)?;
            document["from"] = obtained.to_json();
            out.document(&document)?;
        } else {
            show(out, &self.source, &inspection)?;
            show_source(out, &obtained)?;
        }
        // Other warnings are part of the source section.
        if obtained.signed.is_forged() {
            out.flush()?;
            obtained.warn(&inspection, out);
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Maximum characters of a printed ask. It exceeds the manifest's limit, so that no ask is cut and
/// granted unread.
pub const MAX_ASK_CHARS: usize = 8192;

/// Prints an inspection in plain words.
pub fn show(out: &mut Out, source: &str, inspection: &Inspection) -> Result<()> {
    let manifest = &inspection.manifest;
    let title = out.paint.bold(&safe(&manifest.title, 100));
    let (name, version) = (safe(&manifest.name, 64), safe(&manifest.version, 64));
    out.line(format!("{title} ({name} {version})"))?;
    out.line(safe(&manifest.summary, 500))?;
    out.line("")?;
    out.line(format!(
        "file     {}, {}",
        safe(source, 200),
        words::bytes(inspection.size)
    ))?;
    out.line(format!("identity {}", inspection.digest))?;
    let list = |items: Vec<&str>| match items.is_empty() {
        true => "nothing".to_owned(),
        false => safe(&items.join(", "), 500),
    };
    let imports = inspection.imports.iter().map(String::as_str).collect();
    out.line(format!("imports  {}", list(imports)))?;
    out.line(format!("hooks    {}", list(inspection.hooks.clone())))?;
    if !inspection.risk_flags.is_empty() {
        out.line(format!("\n{}", out.paint.bold("Unusual")))?;
        for it in &inspection.risk_flags {
            let line = format!("  ⚠ {}: {}", safe(&it.what, 300), safe(&it.why, 300));
            out.line(out.paint.yellow(&line))?;
        }
    }
    for part in &inspection.words {
        section(out, part.heading, part.lines.clone())?;
    }
    section(out, "Settings", settings(&manifest.settings))
}

/// Prints the source and the signature.
pub fn show_source(out: &mut Out, obtained: &Obtained) -> Result<()> {
    section(out, "It comes from", obtained.describe())
}

fn section(out: &mut Out, heading: &str, lines: Vec<String>) -> Result<()> {
    out.line(format!("\n{}", out.paint.bold(heading)))?;
    for line in lines {
        out.line(format!("  - {}", safe(&line, MAX_ASK_CHARS)))?;
    }
    Ok(())
}

/// Describes each setting on one line: name, default and description.
fn settings(schema: &Json) -> Vec<String> {
    let properties = schema.get("properties").and_then(Json::as_object);
    let Some(properties) = properties.filter(|properties| !properties.is_empty()) else {
        return vec!["none".to_owned()];
    };
    let line = |(name, property): (&String, &Json)| {
        let default = match property.get("default") {
            Some(default) => format!("= {default}"),
            None => "(no default)".to_owned(),
        };
        let secret = property.get("writeOnly") == Some(&Json::Bool(true));
        let default = if secret {
            "(secret: never shown again)".to_owned()
        } else {
            default
        };
        let text = property.get("description").and_then(Json::as_str);
        let text = text.map_or(String::new(), |text| format!(": {text}"));
        format!("{name} {default}{text}")
    };
    properties.iter().map(line).collect()
}
