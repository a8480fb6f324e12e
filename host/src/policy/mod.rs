//! The one door that proposals pass through: pure, synchronous, no I/O; one rule a file.
//!
//! Proposals of one event are decided together. Every rule is asked about every proposal, and every
//! verdict is kept, so that `explain` can tell the whole story.

mod chain;
mod delivery;
pub(crate) mod duplicate;
mod expiry;
mod question;
mod together;

use regulars_manifest::EffectKind;

use crate::model::{
    Decision, Effect, InstallationId, Level, Purpose, Timestamp, Verdict, VerdictOutcome,
};
use crate::store::DeskView;

/// What the rules know of the customer.
#[derive(Debug, Clone)]
pub struct PolicyView<'a> {
    pub level: Level,
    pub desk: &'a DeskView,
    /// The length of the chain of causes before the event that is handled.
    pub depth: u8,
}

/// The settings of the rules.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Days between two questions to one customer.
    pub question_days: u32,
    /// The longest chain of events that cause events.
    pub max_depth: u8,
}

/// One proposal, before it is decided.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    pub installation: &'a InstallationId,
    pub priority: i32,
    pub effect: &'a Effect,
}

/// Decides all proposals of one event together. The answer has one decision for each, in the same order.
pub fn decide(
    policy: &Policy,
    now: Timestamp,
    view: &PolicyView<'_>,
    candidates: &[Candidate<'_>],
) -> Vec<Decision> {
    let mut ranked: Vec<usize> = (0..candidates.len()).collect();
    ranked.sort_by_key(|&index| rank(index, &candidates[index]));

    let mut decisions: Vec<Option<Decision>> = vec![None; candidates.len()];
    let mut allowed: Vec<&Candidate<'_>> = Vec::new();
    for index in ranked {
        let candidate = &candidates[index];
        let verdicts: Vec<Verdict> = [
            expiry::judge(now, candidate),
            chain::judge(policy, view, candidate),
            duplicate::judge(view, &allowed, candidate),
            question::judge(policy, now, view, &allowed, candidate),
            delivery::judge(candidate),
        ]
        .into_iter()
        .flatten()
        .collect();
        let outcome = combine(&verdicts);
        if outcome != VerdictOutcome::Deny {
            allowed.push(candidate);
        }
        decisions[index] = Some(Decision { outcome, verdicts });
    }
    let mut decisions: Vec<Decision> = decisions.into_iter().flatten().collect();
    together::withhold(candidates, &mut decisions);
    decisions
}

/// Who goes first where not everyone can: purpose, then the installation's priority, then the order given.
fn rank(index: usize, candidate: &Candidate<'_>) -> (Option<Purpose>, i64, usize) {
    let purpose = match candidate.effect {
        Effect::Message(message) => Some(message.purpose),
        _ => None,
    };
    (purpose, -i64::from(candidate.priority), index)
}

/// A denial outweighs a deferral, which outweighs an allowance; deferrals hold until the last of them.
fn combine(verdicts: &[Verdict]) -> VerdictOutcome {
    let mut deferred: Option<Option<Timestamp>> = None;
    for verdict in verdicts {
        match verdict.outcome {
            VerdictOutcome::Allow => {}
            VerdictOutcome::Defer { until } => {
                deferred = Some(match deferred {
                    None => until,
                    Some(before) => before.zip(until).map(|(a, b)| a.max(b)),
                });
            }
            VerdictOutcome::Deny => return VerdictOutcome::Deny,
            VerdictOutcome::HeldOut => return VerdictOutcome::HeldOut,
        }
    }
    deferred.map_or(VerdictOutcome::Allow, |until| VerdictOutcome::Defer {
        until,
    })
}

fn verdict(rule: &str, outcome: VerdictOutcome, detail: impl Into<String>) -> Option<Verdict> {
    Some(Verdict {
        rule: rule.to_owned(),
        outcome,
        detail: detail.into(),
    })
}

fn causes_event(effect: &Effect) -> bool {
    matches!(
        effect.kind(),
        EffectKind::Record | EffectKind::Tag | EffectKind::ProposeLevel
    )
}
