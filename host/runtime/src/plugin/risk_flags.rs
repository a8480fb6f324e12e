//! Requests that the operator should check before granting them. A match is no verdict: the plugin may have a
//! good reason, and its manifest states it.

use regulars_manifest::{Condition, CustomerField, EffectKind, Manifest};
use serde::Serialize;

use regulars_model::grants::asks_service;

/// The longest usual window in days. Most plugins need a year or less.
const LONG: u32 = 2 * 366;

/// A request that is unusual for plugins of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RiskFlag {
    /// The request.
    pub what: String,
    /// The reason that it is unusual.
    pub why: String,
}

/// Returns the unusual requests of a manifest.
pub fn risk_flags(manifest: &Manifest) -> Vec<RiskFlag> {
    let mut found = Vec::new();
    let mut add = |what: String, why: &str| {
        found.push(RiskFlag {
            what,
            why: why.to_owned(),
        });
    };
    let reads = &manifest.reads;
    let proposes = |effect| manifest.proposes.iter().any(|ask| ask.effect == effect);
    // A birthday is useful on the day. Otherwise it reveals an age, or a date that many services accept as
    // proof of identity.
    let birthday = |condition: &Condition| *condition == Condition::BirthdayToday;
    let about_birthdays = |it: &regulars_manifest::Schedule| it.audience.all.iter().any(birthday);
    if reads
        .customer
        .iter()
        .any(|ask| ask.field == CustomerField::Birthday)
        && !manifest.schedules.iter().any(about_birthdays)
    {
        add(
            "it sees birthdays".to_owned(),
            "no schedule of it is about them",
        );
    }
    // Everything includes complaints, notes and payments.
    if reads.history.iter().any(|ask| ask.kinds.is_empty()) {
        add(
            "it sees everything that was ever recorded in its window".to_owned(),
            "most plugins name the kinds of interaction that they need",
        );
    }
    if let Some(days) = reads
        .history
        .iter()
        .map(|ask| ask.days)
        .max()
        .filter(|days| *days > LONG)
    {
        add(
            format!(
                "it looks back {days} days ({:.1} years)",
                f64::from(days) / 365.25
            ),
            "most plugins need a year or less",
        );
    }
    if manifest
        .subscribes
        .iter()
        .any(|it| it.event == "interaction.recorded" && it.kinds.is_empty())
    {
        add(
            "it is told of everything that is recorded, as it is recorded".to_owned(),
            "most plugins name the kinds of interaction that concern them",
        );
    }
    // A plugin that sends messages should state their goal, so that its success can be measured.
    if proposes(EffectKind::Message) && manifest.outcomes.is_empty() {
        add(
            "it writes to customers".to_owned(),
            "it does not say what should become better by that",
        );
    }
    if asks_service(manifest) {
        add(
            "it wants to send service messages".to_owned(),
            "the caps do not hold those back: grant it by name, or not",
        );
    }
    if proposes(EffectKind::Message)
        && manifest
            .schedules
            .iter()
            .any(|it| it.audience.all.is_empty())
    {
        add(
            "by a schedule it runs for every customer, and it writes to customers".to_owned(),
            "that is what a mailing does: most plugins name whom they are for",
        );
    }
    if proposes(EffectKind::ProposeLevel) {
        add(
            "it proposes how much contact a customer gets".to_owned(),
            "few plugins are about that; staff decide where it is more",
        );
    }
    found
}
