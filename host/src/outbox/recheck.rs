use jiff::SignedDuration;
use regulars_manifest::EffectKind;

use crate::engine::Engine;
use crate::model::*;
use crate::policy::{Candidate, PriorDecision, ProposalId};
use crate::store::{OutreachView, Precondition, StoreError};

/// The shortest wait of a message whose plugin is quarantined or broken.
const TROUBLE_WAIT: SignedDuration = SignedDuration::from_mins(15);

/// A decision and its preconditions.
pub(super) struct Decided {
    pub customer: Customer,
    pub decision: Decision,
    pub preconditions: Vec<Precondition>,
}

/// Decides about a due message again, as if it had just been proposed. The message itself does not count in the
/// policy's windows. Returns `None` if there is no such customer any more.
pub(super) fn recheck(engine: &Engine, message: &Message) -> Result<Option<Decided>, StoreError> {
    let now = engine.clock.now();
    let Some((customer, known)) = engine.outreach(message.customer, now, Some(message.id))? else {
        return Ok(None);
    };
    let plugins = engine.plugins();
    let installed = plugins
        .get(&message.plugin)
        .map(|active| &active.installation);
    let decision = decide_again(engine, now, message, installed, &customer, &known);
    let preconditions = vec![
        Precondition::Message {
            message: message.id,
            state: message.state,
            attempts: message.attempts,
            cancel: message.cancel.is_some(),
        },
        Precondition::Customer {
            customer: customer.id,
            version: customer.version,
        },
        Precondition::Contact {
            customer: customer.id,
            version: known.version,
        },
    ];
    Ok(Some(Decided {
        customer,
        decision,
        preconditions,
    }))
}

/// Decides about a message, by the contacts `known` at `now`. They do not include the message itself.
pub(crate) fn decide_again(
    engine: &Engine,
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
                prior: Some(PriorDecision {
                    decided_at: message.decided_at,
                    route: went.as_ref(),
                }),
            };
            let decision = engine.decide_one(now, customer, known, candidate);
            with_its_plugin(now, installation, decision)
        }
    }
}

/// Returns the route by which an unconfirmed message may have arrived. The receiver recognises a repetition on the
/// same route only.
fn may_have_gone(message: &Message) -> Option<Route> {
    message.unconfirmed_at?;
    Some(Route {
        channel: message.channel.clone()?,
        point: message.point,
    })
}

/// Defers a message of a quarantined or broken plugin until the plugin works again.
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
    let until = (now + TROUBLE_WAIT).max(after).max(trial.unwrap_or(now));
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
