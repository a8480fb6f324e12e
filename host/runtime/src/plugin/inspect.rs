use regulars_manifest::{EffectKind, Manifest};
use serde::Serialize;

use super::RiskFlag;
use regulars_model::grants::display::{
    and, effect_words, event_words, field_words, history_words, schedule_words,
};
#[cfg(feature = "schema")]
use regulars_model::manifest_schema;
use regulars_model::{Digest, Grants};

/// A component's properties and requests, before it is installed.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Inspection {
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub digest: Digest,
    /// The component's size in bytes.
    pub size: u64,
    /// The imported interfaces, which are its capabilities.
    pub imports: Vec<String>,
    /// The exported hooks, besides `about`.
    pub hooks: Vec<&'static str>,
    #[cfg_attr(feature = "schema", schema(schema_with = manifest_schema))]
    pub manifest: Manifest,
    /// The requested grants, except `service`.
    pub grants: Grants,
    /// Requests that the operator should check.
    #[serde(rename = "unusual")]
    pub risk_flags: Vec<RiskFlag>,
    /// The manifest in sentences for an operator, without any abridgement.
    pub words: Vec<Section>,
}

/// Sentences below a heading such as “It may see”.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Section {
    pub heading: &'static str,
    pub lines: Vec<String>,
}

/// Returns the requests of a manifest as sentences.
pub fn sections(manifest: &Manifest) -> Vec<Section> {
    let all = [
        ("It may see", sees(manifest)),
        ("It may propose", proposes(manifest)),
        ("It runs", runs(manifest)),
        ("It can be asked to", answers(manifest)),
        ("It wants to move", outcomes(manifest)),
        ("It can never", never()),
    ];
    all.into_iter()
        .map(|(heading, lines)| Section { heading, lines })
        .collect()
}

fn sees(manifest: &Manifest) -> Vec<String> {
    let reads = &manifest.reads;
    let mut lines = vec![
        "how much contact a customer wants, and since when they are one (every plugin sees this)"
            .to_owned(),
    ];
    lines.extend(
        reads
            .customer
            .iter()
            .map(|ask| format!("{}: {}", field_words(ask.field), ask.because)),
    );
    for wanted in &manifest.subscribes {
        if wanted.event == "interaction.recorded" {
            let what = match wanted.kinds.as_slice() {
                [] => "everything".to_owned(),
                kinds => and(&kinds
                    .iter()
                    .map(|kind| format!("each {kind}"))
                    .collect::<Vec<_>>()),
            };
            lines.push(format!(
                "{what} as it is recorded, with all that was noted about it"
            ));
        }
    }
    lines.extend(
        reads
            .history
            .iter()
            .map(|ask| format!("{}: {}", history_words(ask), ask.because)),
    );
    lines
}

fn proposes(manifest: &Manifest) -> Vec<String> {
    let proposes = &manifest.proposes;
    if proposes.is_empty() {
        return vec!["nothing: it only answers".to_owned()];
    }
    proposes
            .iter()
            .map(|ask| {
                let kinds = match ask.kinds.as_slice() {
                    [] => String::new(),
                    kinds => format!(" ({})", kinds.join(", ")),
                };
                let effect = match (ask.effect, ask.service) {
                    (EffectKind::Message, true) => {
                        "a service message, which the caps do not hold back (only if you grant that by name)"
                    }
                    (effect, _) => effect_words(effect),
                };
                format!("{effect}{kinds}: {}", ask.because)
            })
            .collect()
}

pub fn runs(manifest: &Manifest) -> Vec<String> {
    let mut lines: Vec<String> = manifest
        .subscribes
        .iter()
        .map(|wants| event_words(&wants.event, &wants.kinds))
        .collect();
    lines.extend(manifest.schedules.iter().map(schedule_words));
    if lines.is_empty() {
        lines.push("only when it is asked".to_owned());
    }
    lines
}

fn answers(manifest: &Manifest) -> Vec<String> {
    let lines: Vec<String> = manifest
        .actions
        .iter()
        .map(|action| format!("{}: {}", action.id, action.summary))
        .collect();
    if lines.is_empty() {
        vec!["nothing".to_owned()]
    } else {
        lines
    }
}

fn outcomes(manifest: &Manifest) -> Vec<String> {
    let lines: Vec<String> = manifest
        .outcomes
        .iter()
        .map(|outcome| {
            format!(
                "{} (a {} within {} days)",
                outcome.title, outcome.kind, outcome.within_days
            )
        })
        .collect();
    if lines.is_empty() {
        vec!["it does not say: ask its maker what should become better".to_owned()]
    } else {
        lines
    }
}

fn never() -> Vec<String> {
    vec![
        "look up addresses or telephone numbers, or see a field that is not listed here".to_owned(),
        "reach the network, the disk or the clock".to_owned(),
        "write to a customer by itself: every proposal passes this host's rules".to_owned(),
    ]
}
