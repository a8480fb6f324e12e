//! Sample proposals, on the page.

use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::phrases::{describe_evidence, display_name, outcome};
use crate::output::safe;
use crate::words;
use regulars::model::*;
use regulars::rehearse::Sample;

pub fn section(samples: &[Sample]) -> Markup {
    html! {
        @if !samples.is_empty() {
            section {
                h2 { "Sample proposals" }
                ol.samples { @for sample in samples { li { (one(sample)) } } }
            }
        }
    }
}

fn one(sample: &Sample) -> Markup {
    let zone = TimeZone::get(&sample.time_zone).unwrap_or(TimeZone::UTC);
    let effect = &sample.proposal.effect;
    let decision = &sample.proposal.decision;
    let class = match decision.outcome {
        VerdictOutcome::Allow => "tag allow",
        VerdictOutcome::Deny => "tag deny",
        _ => "tag defer",
    };
    let held = decision.verdicts.iter();
    let held = held.filter(|verdict| verdict.outcome != VerdictOutcome::Allow);
    html! {
        p.soft {
            (words::moment(sample.at, &zone)) ", " span dir="auto" { (display_name(sample.name.as_ref(), sample.customer)) } " "
            span class=(class) { (outcome(&decision.outcome, &zone)) }
        }
        p dir="auto" { b { (words::effect(effect, &zone)) } }
        @if let Some(text) = words::details(effect) { p.said dir="auto" { (text) } }
        @if let Some(because) = effect.because() {
            p dir="auto" { "Because: " (safe(&because.reason, 500)) }
            p.soft { "Shown by: " (describe_evidence(sample, &zone, usize::MAX)) }
        }
        @for verdict in held { p.soft dir="auto" { (safe(&verdict.rule, 30)) ": " (safe(&verdict.detail, 300)) } }
    }
}
