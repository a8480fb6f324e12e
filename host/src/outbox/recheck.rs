use jiff::SignedDuration;
use regulars_manifest::EffectKind;

use crate::host::Core;
use crate::model::*;
use crate::policy::{Before, Candidate, Outreach, PolicyView, ProposalId};
use crate::store::{DeskView, Expect, OutreachView, StoreError};

/// Shortest delay of a message whose plugin is quarantined or broken.
const REST: SignedDuration = SignedDuration::from_mins(15);

/// A decision, and the preconditions under which it holds.
pub(super) struct Decided {
    pub customer: Customer,
    pub decision: Decision,
    pub expects: Vec<Expect>,
}

/// Repeats the decision about a due message as if it had just been proposed. The message's own entry in the
/// rate windows is left out. Returns `None` if the customer no longer exists.
pub(super) fn decide(core: &Core, message: &Message) -> Result<Option<Decided>, StoreError> {
    let now = core.clock.now();
    let Some((customer, known)) = core.outreach(message.customer, now, Some(message.id))? else {
        return Ok(None);
    };
    let plugins = core.plugins();
    let installed = plugins
        .get(&message.plugin)
        .map(|active| &active.installation);
    let decision = judge(core, now, message, installed, &customer, &known);
    let expects = vec![
        Expect::Message {
            message: message.id,
            state: message.state,
            attempts: message.attempts,
            cancel: message.cancel.is_some(),
        },
        Expect::Customer {
            customer: customer.id,
            version: customer.version,
        },
        Expect::Contact {
            customer: customer.id,
            version: known.version,
        },
    ];
    Ok(Some(Decided {
        customer,
        decision,
        expects,
    }))
}

/// Returns the decision from the state at `now`. The message's own entry in the rate windows is left out.
pub(crate) fn judge(
    core: &Core,
    now: Timestamp,
    message: &Message,
    installed: Option<&Installation>,
    customer: &Customer,
    known: &OutreachView,
) -> Decision {
    let installed =
        installed.filter(|installation| installation.state != InstallationState::Disabled);
    match installed {
        None => denied(
            "plugin",
            "The plugin that proposed it is switched off, or is not there any more.",
        ),
        Some(installation) if !installation.grants.effects.contains(&EffectKind::Message) => {
            denied(
                "grant",
                "The plugin that proposed it may not send messages any more: granting it that again allows new ones.",
            )
        }
        Some(installation) => {
            let effect = Effect::Message(proposal(message));
            let went = may_have_gone(message);
            let candidate = Candidate {
                id: ProposalId {
                    run: message.run,
                    index: 0,
                },
                installation: &message.plugin,
                priority: installation.priority,
                effect: &effect,
                cause_at: message.cause_at,
                service_granted: installation.grants.service,
                fingerprint: Some(message.fingerprint),
                before: Some(Before {
                    decided_at: message.decided_at,
                    route: went.as_ref(),
                }),
            };
            let decision = core.decide_one(now, customer, known, candidate);
            with_its_plugin(now, installation, decision)
        }
    }
}

/// Returns the route of an unconfirmed delivery. Only its receiver can recognise a duplicate by the message
/// id.
fn may_have_gone(message: &Message) -> Option<Route> {
    message.unconfirmed_at?;
    Some(Route {
        channel: message.channel.clone()?,
        point: message.point,
    })
}

/// Defers the messages of a failing plugin: its earlier output may be wrong too. They wait until the plugin
/// recovers or an operator acts, or until they expire.
fn with_its_plugin(
    now: Timestamp,
    installation: &Installation,
    mut decision: Decision,
) -> Decision {
    let why = match installation.state {
        InstallationState::Quarantined => "is quarantined",
        InstallationState::Broken => "does not load here",
        _ => return decision,
    };
    let after = match decision.outcome {
        VerdictOutcome::Allow => now,
        VerdictOutcome::Defer { until: Some(until) } => until,
        _ => return decision,
    };
    let trouble = installation.trouble.as_ref();
    let trial = trouble.and_then(|trouble| trouble.next_trial);
    let until = (now + REST).max(after).max(trial.unwrap_or(now));
    let outcome = VerdictOutcome::Defer { until: Some(until) };
    let detail = format!("{} {why}: what it wrote waits with it.", installation.id);
    decision.outcome = outcome.clone();
    decision
        .verdicts
        .push(Verdict::new("plugin", outcome, detail));
    decision
}

fn denied(rule: &'static str, detail: &'static str) -> Decision {
    Decision {
        outcome: VerdictOutcome::Deny,
        verdicts: vec![Verdict::new(rule, VerdictOutcome::Deny, detail)],
        route: None,
    }
}

fn proposal(message: &Message) -> MessageProposal {
    MessageProposal {
        purpose: message.purpose,
        topic: message.topic.clone(),
        subject: message.subject.clone(),
        body: message.body.clone(),
        channels: message.channels.clone(),
        value: message.value.clone(),
        because: message.because.clone(),
        not_before: message.not_before,
        expires: message.expires_at,
        dedupe_key: message.dedupe_key.clone(),
    }
}

impl Core {
    /// Decides about a single message.
    pub fn decide_one(
        &self,
        at: Timestamp,
        customer: &Customer,
        known: &OutreachView,
        candidate: Candidate<'_>,
    ) -> Decision {
        let (zone, names) = (self.zone_of(customer), customer.names());
        let view = PolicyView {
            level: customer.level,
            // Repeats are checked when the message is proposed.
            desk: &DeskView::default(),
            depth: 0,
            outreach: Some(Outreach {
                known,
                zone: &zone,
                names: &names,
            }),
        };
        let mut decisions = crate::policy::decide(&self.policy, at, &view, &[candidate]);
        decisions.swap_remove(0)
    }
}
