use regulars_manifest::{EffectKind, Manifest};
use serde::Serialize;

use super::Unusual;
use super::words::{and, effect_words, event_words, field_words, history_words, schedule_words};
#[cfg(feature = "schema")]
use crate::model::manifest_schema;
use crate::model::{Digest, Grants};

/// What a component is and asks for, before anybody lets it in.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Inspection {
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub digest: Digest,
    /// Bytes of the component.
    pub size: u64,
    /// The interfaces that it imports: its capabilities.
    pub imports: Vec<String>,
    /// The hooks that it exports beside `about`.
    pub hooks: Vec<&'static str>,
    #[cfg_attr(feature = "schema", schema(schema_with = manifest_schema))]
    pub manifest: Manifest,
    /// Everything that it asks for, but for `service`, as it would be granted.
    pub grants: Grants,
    /// What a person should look at twice.
    pub unusual: Vec<Unusual>,
    /// The manifest in sentences for a shop owner. Of what a plugin asks for nothing is cut.
    pub words: Vec<Section>,
}

/// Sentences under a heading, such as “It may see”.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Section {
    pub heading: &'static str,
    pub lines: Vec<String>,
}

/// What a manifest asks for, in sentences.
pub(crate) fn in_words(manifest: &Manifest) -> Vec<Section> {
    let sections = [
        ("It may see", sees(manifest)),
        ("It may propose", proposes(manifest)),
        ("It runs", runs(manifest)),
        ("It can be asked to", answers(manifest)),
        ("It wants to move", outcomes(manifest)),
        ("It can never", never()),
    ];
    let sections = sections.into_iter();
    sections
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

pub(crate) fn runs(manifest: &Manifest) -> Vec<String> {
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
