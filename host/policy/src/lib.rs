//! The contact policy, which every proposal must pass: pure, synchronous, without I/O, one rule per file.
//!
//! The proposals of one event are decided together. Every rule judges every proposal, and every verdict is
//! kept, so that `explain` can tell the whole story.

mod batch;
mod cap;
mod chain;
mod channel;
mod complaint;
mod config;
mod consent;
mod deadline;
mod delivery;
pub mod duplicate;
mod expiry;
mod fingerprint;
mod instant;
mod level;
mod message;
mod message_history;
mod moved;
mod not_before;
mod pause;
mod question;
mod quiet_hours;
mod repeat;
mod route;
mod route_option;
mod service;
mod suppression;
mod timing;
mod topic;
pub mod view;

pub use config::{
    Cap, Caps, Complaint, ContactPolicy, Levels, Most, Pause, PolicyError, QuietHours, Repeat,
    Service, Topics, Waiting,
};
pub use fingerprint::fingerprint;

use std::borrow::Cow;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use regulars_manifest::EffectKind;

use message_history::MessageHistory;

use crate::view::{DeskView, OutreachView};
use regulars_model::{
    ContactKind, Decision, Effect, Fingerprint, InstallationId, Level, Purpose, Route, RunId,
    Timestamp, Verdict, VerdictOutcome,
};

/// The facts about a customer that the rules use.
#[derive(Debug, Clone)]
pub struct PolicyView<'a> {
    pub level: Level,
    pub desk: &'a DeskView,
    /// The length of the chain of causes before the handled event.
    pub depth: u8,
    /// The facts for messages, loaded if a proposal is one. Without them, every message is denied.
    pub outreach: Option<Outreach<'a>>,
}

/// The facts about a customer that the rules on messages use.
#[derive(Debug, Clone, Copy)]
pub struct Outreach<'a> {
    pub known: &'a OutreachView,
    /// The customer's time zone, or else the business's.
    pub zone: &'a TimeZone,
    /// The customer's names. Copies of a message that differ only in them count as the same message.
    pub names: &'a [&'a str],
}

/// The settings of the rules.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Days between two questions to one customer. Default: 30.
    pub question_days: u32,
    /// The maximum length of a chain of events that cause events. Default: 8.
    pub max_depth: u8,
    /// The policy file.
    pub contact: ContactPolicy,
    /// The host's channels, at least the desk.
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
    /// Returns the instant from which sent messages count for a decision at `now`.
    pub fn since(&self, now: Timestamp) -> Timestamp {
        let days = SignedDuration::from_hours(24 * i64::from(self.contact.longest_days()));
        now.checked_sub(days).unwrap_or(Timestamp::MIN)
    }
}

/// A channel that the host offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    pub name: String,
    /// The kind of contact point that it uses. `None` if it needs none.
    pub reaches: Option<ContactKind>,
}

/// A proposal to decide.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    pub id: ProposalId,
    pub installation: &'a InstallationId,
    pub priority: i32,
    pub effect: &'a Effect,
    /// The time of the newest inbound interaction among its evidence.
    pub cause_at: Option<Timestamp>,
    /// True if the plugin may send service messages.
    pub service_granted: bool,
    /// The fingerprint of a message, if it is known. Otherwise it is computed.
    pub fingerprint: Option<Fingerprint>,
    /// The earlier decision about a message that is decided again.
    pub prior: Option<PriorDecision<'a>>,
}

/// The earlier decision about a message.
#[derive(Debug, Clone, Copy)]
pub struct PriorDecision<'a> {
    /// The time of the first decision, from which the message waits.
    pub decided_at: Timestamp,
    /// The route of an attempt with an unknown outcome. The message must take it again.
    pub route: Option<&'a Route>,
}

/// The id of a proposal: the run that made it, and its index in the run's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProposalId {
    pub run: RunId,
    pub index: u32,
}

/// Decides all proposals of one event together. Returns one decision for each, in the same order.
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
        .map(|outreach| (outreach, MessageHistory::of(outreach.known)));

    let mut decisions: Vec<Option<Decision>> = vec![None; candidates.len()];
    let mut allowed: Vec<&Candidate<'_>> = Vec::new();
    for index in ranked {
        let candidate = &candidates[index];
        // The usual number for a message.
        let mut verdicts = Vec::with_capacity(10);
        verdicts.extend(expiry::judge(now, candidate));
        verdicts.extend(chain::judge(policy, view, &allowed, candidate));
        verdicts.extend(duplicate::judge(view, &allowed, candidate));
        verdicts.extend(question::judge(policy, now, view, &allowed, candidate));
        let decision = match (candidate.effect, &mut outreach) {
            (Effect::Message(message), Some((outreach, past))) => {
                let context = route_option::Context {
                    policy,
                    now,
                    level: view.level,
                    outreach,
                };
                message::decide(context, past, candidate, message, verdicts)
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
    batch::withhold(candidates, &mut decisions);
    decisions
}

/// Returns the order in which proposals compete: purpose, then the installation's priority, then the
/// proposal's id. It never depends on the order of `candidates`.
fn rank(candidate: &Candidate<'_>) -> (Option<Purpose>, i64, ProposalId) {
    let purpose = match candidate.effect {
        Effect::Message(message) => Some(message.purpose),
        _ => None,
    };
    (purpose, -i64::from(candidate.priority), candidate.id)
}

/// Proposals other than messages are allowed at once or denied.
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
