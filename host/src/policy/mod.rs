//! The one door that proposals pass through: pure, synchronous, no I/O; one rule a file.
//!
//! Proposals of one event are decided together. Every rule is asked about every proposal, and every
//! verdict is kept, so that `explain` can tell the whole story.

mod cap;
mod chain;
mod channel;
mod complaint;
mod config;
mod consent;
mod delivery;
pub(crate) mod duplicate;
mod expiry;
mod fingerprint;
mod instant;
mod late;
mod level;
mod message;
mod not_before;
mod past;
mod pause;
mod question;
mod quiet_hours;
mod repeat;
mod route;
mod service;
mod suppression;
mod timing;
mod together;
mod topic;

pub use config::{
    Cap, Caps, Complaint, ContactPolicy, Levels, Most, Pause, PolicyError, QuietHours, Repeat,
    Service, Topics, Waiting,
};
pub use fingerprint::fingerprint;

use std::borrow::Cow;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use regulars_manifest::EffectKind;

use past::Past;

use crate::model::{
    ContactKind, Decision, Effect, Fingerprint, InstallationId, Level, Purpose, Route, RunId,
    Timestamp, Verdict, VerdictOutcome,
};
use crate::store::{DeskView, OutreachView};

/// What the rules know of the customer.
#[derive(Debug, Clone)]
pub struct PolicyView<'a> {
    pub level: Level,
    pub desk: &'a DeskView,
    /// The length of the chain of causes before the event that is handled.
    pub depth: u8,
    /// What the rules on messages look at, loaded where a proposal is one. Without it no message goes
    /// anywhere.
    pub outreach: Option<Outreach<'a>>,
}

/// What the rules on messages know of the customer.
#[derive(Debug, Clone, Copy)]
pub struct Outreach<'a> {
    pub known: &'a OutreachView,
    /// The customer's time zone, else the business's.
    pub zone: &'a TimeZone,
    /// What the customer is called. Copies of a message that differ in it alone are the same message.
    pub names: &'a [&'a str],
}

/// The settings of the rules.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Days between two questions to one customer.
    pub question_days: u32,
    /// The longest chain of events that cause events.
    pub max_depth: u8,
    /// What the policy file says.
    pub contact: ContactPolicy,
    /// The channels that this host has: the desk at least.
    pub channels: Vec<Offered>,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            question_days: 30,
            max_depth: 8,
            contact: ContactPolicy::default(),
            channels: vec![Offered {
                name: "desk".to_owned(),
                reaches: None,
            }],
        }
    }
}

impl Policy {
    /// From when on what was sent to a customer counts for a decision at `now`.
    pub fn since(&self, now: Timestamp) -> Timestamp {
        let days = SignedDuration::from_hours(24 * i64::from(self.contact.longest_days()));
        now.checked_sub(days).unwrap_or(Timestamp::MIN)
    }
}

/// A channel that this host has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    pub name: String,
    /// The kind of contact point that it reaches people by; none where it needs none.
    pub reaches: Option<ContactKind>,
}

/// One proposal, before it is decided.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    pub id: ProposalId,
    pub installation: &'a InstallationId,
    pub priority: i32,
    pub effect: &'a Effect,
    /// When the newest inbound interaction among its evidence occurred.
    pub cause_at: Option<Timestamp>,
    /// Whether the operator let this plugin send service messages.
    pub service_granted: bool,
    /// Of a message, where it was worked out before; it is worked out where it is missing.
    pub fingerprint: Option<Fingerprint>,
    /// Of a message that is decided again.
    pub before: Option<Before<'a>>,
}

/// What is known of a message that was decided before.
#[derive(Debug, Clone, Copy)]
pub struct Before<'a> {
    /// When it was first decided: it waits from then on.
    pub decided_at: Timestamp,
    /// The way that it went before, where nobody knows whether it arrived: it goes no other.
    pub route: Option<&'a Route>,
}

/// Names a proposal: the run that made it, and its place among what the run returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProposalId {
    pub run: RunId,
    pub index: u32,
}

/// Decides all proposals of one event together. The answer has one decision for each, in the same order.
pub fn decide(
    policy: &Policy,
    now: Timestamp,
    view: &PolicyView<'_>,
    candidates: &[Candidate<'_>],
) -> Vec<Decision> {
    let mut ranked: Vec<usize> = (0..candidates.len()).collect();
    ranked.sort_by_key(|&index| rank(&candidates[index]));
    let mut outreach = view
        .outreach
        .as_ref()
        .map(|outreach| (outreach, Past::of(outreach.known)));

    let mut decisions: Vec<Option<Decision>> = vec![None; candidates.len()];
    let mut allowed: Vec<&Candidate<'_>> = Vec::new();
    for index in ranked {
        let candidate = &candidates[index];
        // As many as a message mostly gets.
        let mut verdicts = Vec::with_capacity(10);
        verdicts.extend(expiry::judge(now, candidate));
        verdicts.extend(chain::judge(policy, view, &allowed, candidate));
        verdicts.extend(duplicate::judge(view, &allowed, candidate));
        verdicts.extend(question::judge(policy, now, view, &allowed, candidate));
        let decision = match (candidate.effect, &mut outreach) {
            (Effect::Message(message), Some((outreach, past))) => {
                let ground = message::Ground {
                    policy,
                    now,
                    level: view.level,
                    outreach,
                };
                message::decide(ground, past, candidate, message, verdicts)
            }
            _ => {
                verdicts.extend(delivery::judge(candidate));
                Decision {
                    outcome: combine(&verdicts),
                    verdicts,
                    route: None,
                }
            }
        };
        if decision.outcome != VerdictOutcome::Deny {
            allowed.push(candidate);
        }
        decisions[index] = Some(decision);
    }
    let mut decisions: Vec<Decision> = decisions.into_iter().flatten().collect();
    together::withhold(candidates, &mut decisions);
    decisions
}

/// Who goes first where not everyone can: purpose, then the installation's priority, then the
/// proposal's id. Never the order in which the proposals came.
fn rank(candidate: &Candidate<'_>) -> (Option<Purpose>, i64, ProposalId) {
    let purpose = match candidate.effect {
        Effect::Message(message) => Some(message.purpose),
        _ => None,
    };
    (purpose, -i64::from(candidate.priority), candidate.id)
}

/// What is no message is done at once, or not at all.
fn combine(verdicts: &[Verdict]) -> VerdictOutcome {
    let mut outcomes = verdicts.iter().map(|verdict| &verdict.outcome);
    match outcomes.all(|outcome| *outcome == VerdictOutcome::Allow) {
        true => VerdictOutcome::Allow,
        false => VerdictOutcome::Deny,
    }
}

fn verdict(
    rule: &'static str,
    outcome: VerdictOutcome,
    detail: impl Into<Cow<'static, str>>,
) -> Option<Verdict> {
    Some(Verdict::new(rule, outcome, detail))
}

fn causes_event(effect: &Effect) -> bool {
    matches!(
        effect.kind(),
        EffectKind::Record | EffectKind::Tag | EffectKind::ProposeLevel
    )
}
