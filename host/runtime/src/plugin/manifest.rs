use std::collections::HashSet;

use regulars_manifest::{Condition, EffectKind, Manifest};

use super::{PluginError, Validator, secret};
use regulars_model::{Grants, InstallationId, KINDS, MAX_DEPTH, shallow};

/// The maximum length of a text in a manifest, in characters.
const MAX_TEXT: usize = 500;
/// The maximum length of a list in a manifest.
const MAX_ENTRIES: usize = 64;

/// Parses a manifest and checks everything that the host relies on. Unknown members are ignored, because a
/// newer contract may define them.
pub fn read(json: &str) -> Result<Manifest, PluginError> {
    let manifest: Manifest = serde_json::from_str(json)
        .map_err(|error| wrong("", regulars_model::text::line(&error.to_string(), 300)))?;
    let schemas = manifest
        .actions
        .iter()
        .flat_map(|action| [&action.input, &action.output]);
    if !std::iter::once(&manifest.settings)
        .chain(schemas)
        .all(shallow)
    {
        return Err(wrong(
            "",
            format!("a schema is nested deeper than {MAX_DEPTH} levels"),
        ));
    }
    identity(&manifest)?;
    asks(&manifest)?;
    hooks(&manifest)?;
    covered(&manifest)?;
    actions(&manifest)?;
    outcomes(&manifest)?;
    Validator::new(&manifest.settings).map_err(|problem| wrong("/settings", problem))?;
    secret::check(&manifest.settings)
        .map_err(|(at, problem)| wrong(format!("/settings{at}"), problem))?;
    Ok(manifest)
}

/// Returns the default id of an installation.
pub fn own_id(manifest: &Manifest) -> Result<InstallationId, PluginError> {
    let id = manifest.name.parse();
    id.map_err(|_| wrong("/name", "expected a valid installation id"))
}

fn identity(manifest: &Manifest) -> Result<(), PluginError> {
    if manifest.name.parse::<InstallationId>().is_err() {
        return Err(wrong(
            "/name",
            "expected 1 to 64 lower-case letters, digits and hyphens, starting with a letter",
        ));
    }
    let parts: Vec<&str> = manifest.version.splitn(3, '.').collect();
    let numeric = |part: &&str| {
        part.bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_digit())
    };
    let semantic = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+');
    if parts.len() != 3
        || !parts.iter().all(numeric)
        || !manifest.version.bytes().all(semantic)
        || manifest.version.len() > 64
    {
        return Err(wrong(
            "/version",
            "expected a semantic version such as 0.1.0",
        ));
    }
    text("/title", &manifest.title)?;
    text("/summary", &manifest.summary)
}

fn asks(manifest: &Manifest) -> Result<(), PluginError> {
    entries("/reads/customer", manifest.reads.customer.len())?;
    for (index, ask) in manifest.reads.customer.iter().enumerate() {
        text(&format!("/reads/customer/{index}/because"), &ask.because)?;
    }
    entries("/reads/history", manifest.reads.history.len())?;
    for (index, ask) in manifest.reads.history.iter().enumerate() {
        let at = format!("/reads/history/{index}");
        text(&format!("{at}/because"), &ask.because)?;
        kinds(&format!("{at}/kinds"), &ask.kinds)?;
        if !(1..=3650).contains(&ask.days) {
            return Err(wrong(format!("{at}/days"), "expected 1 to 3650 days"));
        }
        if !(1..=5000).contains(&ask.limit) {
            return Err(wrong(format!("{at}/limit"), "expected 1 to 5000 records"));
        }
    }
    entries("/proposes", manifest.proposes.len())?;
    for (index, ask) in manifest.proposes.iter().enumerate() {
        let at = format!("/proposes/{index}");
        text(&format!("{at}/because"), &ask.because)?;
        kinds(&format!("{at}/kinds"), &ask.kinds)?;
        if ask.effect == EffectKind::Record && ask.kinds.is_empty() {
            return Err(wrong(
                format!("{at}/kinds"),
                "expected the kinds of interaction that it records",
            ));
        }
    }
    Ok(())
}

fn hooks(manifest: &Manifest) -> Result<(), PluginError> {
    entries("/subscribes", manifest.subscribes.len())?;
    for (index, subscription) in manifest.subscribes.iter().enumerate() {
        let at = format!("/subscribes/{index}");
        text(&format!("{at}/event"), &subscription.event)?;
        kinds(&format!("{at}/kinds"), &subscription.kinds)?;
    }
    entries("/schedules", manifest.schedules.len())?;
    let mut ids = HashSet::new();
    for (index, schedule) in manifest.schedules.iter().enumerate() {
        let at = format!("/schedules/{index}");
        text(&format!("{at}/because"), &schedule.because)?;
        if schedule.id.parse::<InstallationId>().is_err() || !ids.insert(&schedule.id) {
            return Err(wrong(
                format!("{at}/id"),
                "expected a unique id of lower-case letters, digits and hyphens",
            ));
        }
        if local_time(&schedule.at).is_none() {
            return Err(wrong(
                format!("{at}/at"),
                "expected a local time such as 09:00",
            ));
        }
        entries(&format!("{at}/audience"), schedule.audience.all.len())?;
        for (place, condition) in schedule.audience.all.iter().enumerate() {
            let at = format!("{at}/audience/{place}");
            match condition {
                Condition::Level { level }
                    if !["low", "medium", "high"].contains(&level.as_str()) =>
                {
                    return Err(wrong(format!("{at}/level"), "expected low, medium or high"));
                }
                Condition::Tagged { tag } => text(&format!("{at}/tag"), tag)?,
                Condition::HasKind { kind } => {
                    kinds(&format!("{at}/kind"), std::slice::from_ref(kind))?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Checks that the manifest requests to see whatever its triggers reveal, so that the operator can refuse it.
fn covered(manifest: &Manifest) -> Result<(), PluginError> {
    let asked = Grants::all_requested(manifest);
    for (index, subscription) in manifest.subscribes.iter().enumerate() {
        if subscription.event != "interaction.recorded" {
            continue;
        }
        let shown = match subscription.kinds.as_slice() {
            [] => asked.history.iter().any(|grant| grant.kinds.is_empty()),
            kinds => kinds.iter().all(|kind| asked.shows(kind)),
        };
        if !shown {
            return Err(wrong(
                format!("/subscribes/{index}"),
                "it subscribes to interactions that it does not request to see: add their kinds to /reads/history",
            ));
        }
    }
    for (index, schedule) in manifest.schedules.iter().enumerate() {
        if !asked.allows_audience(&schedule.audience) {
            return Err(wrong(
                format!("/schedules/{index}/audience"),
                "the audience reveals facts that it does not request to see: add the birthday, the tags or the kinds to /reads",
            ));
        }
    }
    Ok(())
}

fn actions(manifest: &Manifest) -> Result<(), PluginError> {
    entries("/actions", manifest.actions.len())?;
    let mut ids = HashSet::new();
    for (index, action) in manifest.actions.iter().enumerate() {
        let at = format!("/actions/{index}");
        text(&format!("{at}/title"), &action.title)?;
        text(&format!("{at}/summary"), &action.summary)?;
        if action.id.parse::<InstallationId>().is_err() || !ids.insert(&action.id) {
            return Err(wrong(
                format!("{at}/id"),
                "expected a unique id of lower-case letters, digits and hyphens",
            ));
        }
        for (member, schema) in [("input", &action.input), ("output", &action.output)] {
            Validator::new(schema).map_err(|problem| wrong(format!("{at}/{member}"), problem))?;
        }
    }
    Ok(())
}

fn outcomes(manifest: &Manifest) -> Result<(), PluginError> {
    entries("/outcomes", manifest.outcomes.len())?;
    for (index, outcome) in manifest.outcomes.iter().enumerate() {
        let at = format!("/outcomes/{index}");
        if outcome.id.parse::<InstallationId>().is_err() {
            return Err(wrong(
                format!("{at}/id"),
                "expected lower-case letters, digits and hyphens",
            ));
        }
        text(&format!("{at}/title"), &outcome.title)?;
        kinds(&format!("{at}/kind"), std::slice::from_ref(&outcome.kind))?;
    }
    Ok(())
}

/// Parses `HH:MM`, from 00:00 to 23:59.
pub fn local_time(text: &str) -> Option<jiff::civil::Time> {
    let (hour, minute) = text.split_once(':')?;
    if hour.len() != 2 || minute.len() != 2 {
        return None;
    }
    jiff::civil::Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// Returns true if a kind is one of the host's, or a plugin's own `<plugin>/<kind>`.
pub fn is_kind(kind: &str) -> bool {
    match kind.split_once('/') {
        None => KINDS.contains(&kind),
        Some((plugin, own)) => [plugin, own]
            .iter()
            .all(|part| part.parse::<InstallationId>().is_ok()),
    }
}

fn kinds(at: &str, kinds: &[String]) -> Result<(), PluginError> {
    entries(at, kinds.len())?;
    match kinds.iter().find(|kind| !is_kind(kind)) {
        None => Ok(()),
        Some(kind) => Err(wrong(
            at,
            format!(
                "unknown kind of interaction “{}”: expected one of {}, or <plugin>/<kind>",
                regulars_model::text::line(kind, 64),
                KINDS.join(", ")
            ),
        )),
    }
}

fn text(at: &str, text: &str) -> Result<(), PluginError> {
    if text.trim().is_empty() {
        return Err(wrong(at, "expected some text"));
    }
    if text.chars().count() > MAX_TEXT {
        return Err(wrong(at, format!("expected at most {MAX_TEXT} characters")));
    }
    if text.chars().any(regulars_model::text::hidden) {
        return Err(wrong(at, "control characters are not allowed"));
    }
    Ok(())
}

fn entries(at: &str, count: usize) -> Result<(), PluginError> {
    if count <= MAX_ENTRIES {
        return Ok(());
    }
    Err(wrong(
        at,
        format!("expected at most {MAX_ENTRIES} entries, found {count}"),
    ))
}

fn wrong(at: impl Into<String>, problem: impl Into<String>) -> PluginError {
    let at = at.into();
    PluginError::Manifest {
        at: if at.is_empty() {
            "the top".to_owned()
        } else {
            at
        },
        problem: problem.into(),
    }
}
