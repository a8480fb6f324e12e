use super::completed_run::CompletedRun;
use super::effects::EffectContext;
use super::records::{KnownContact, Records};
use crate::model::*;
use crate::policy::{Candidate, Outreach, Policy, PolicyView, ProposalId};
use crate::store::{Changeset, Precondition, StoreError};

/// Decides the effects of all these runs together. If one of them is a message, the contacts with the customer are
/// read, and become a precondition of the changeset.
pub(super) fn decide(
    policy: &Policy,
    records: &mut impl Records,
    context: &EffectContext<'_>,
    runs: &mut [CompletedRun],
    changeset: &mut Changeset,
) -> Result<(), StoreError> {
    for run in runs.iter_mut() {
        find_causes(records, run)?;
    }
    let contact = match context.customer {
        Some(customer) if runs.iter().any(proposes_message) => {
            records.contact(customer, context.decided_at)?
        }
        _ => None,
    };
    if let (Some(customer), Some(contact)) = (context.customer, &contact) {
        changeset.expect(Precondition::Contact {
            customer: customer.id,
            version: contact.view.version,
        });
    }
    decide_all(policy, context, runs, contact.as_ref());
    Ok(())
}

fn decide_all(
    policy: &Policy,
    context: &EffectContext<'_>,
    runs: &mut [CompletedRun],
    contact: Option<&KnownContact<'_>>,
) {
    let names = context.customer.map(Customer::names).unwrap_or_default();
    for run in runs.iter_mut() {
        find_fingerprints(run, &names);
    }
    let view = PolicyView {
        level: context
            .customer
            .map_or(Level::Low, |customer| customer.level),
        desk: context.desk,
        depth: context.depth,
        outreach: contact.map(|contact| Outreach {
            known: &contact.view,
            zone: &contact.zone,
            names: &names,
        }),
    };
    let candidates: Vec<Candidate<'_>> = runs
        .iter()
        .filter(|run| run.failure.is_none())
        .flat_map(candidates)
        .collect();
    let mut decisions =
        crate::policy::decide(policy, context.decided_at, &view, &candidates).into_iter();
    for run in runs.iter_mut().filter(|run| run.failure.is_none()) {
        run.proposals = std::mem::take(&mut run.effects)
            .into_iter()
            .zip(decisions.by_ref())
            .map(|(effect, decision)| Proposal {
                effect,
                decision,
                result: None,
            })
            .collect();
    }
}

fn proposes_message(run: &CompletedRun) -> bool {
    let mut effects = run.effects.iter();
    run.failure.is_none() && effects.any(|effect| matches!(effect, Effect::Message(_)))
}

fn candidates(run: &CompletedRun) -> impl Iterator<Item = Candidate<'_>> {
    let installation = &run.active.installation;
    run.effects
        .iter()
        .zip(0..)
        .map(move |(effect, index)| Candidate {
            id: ProposalId { run: run.id, index },
            installation: &installation.id,
            priority: installation.priority,
            effect,
            cause_at: run.causes.get(&index).copied(),
            service_granted: installation.grants.service,
            fingerprint: run.fingerprints.get(&index).copied(),
            prior: None,
        })
}

/// Finds the customer's act that each service message rests on. Interactions that a plugin recorded do not count.
fn find_causes(records: &impl Records, run: &mut CompletedRun) -> Result<(), StoreError> {
    for (effect, index) in run.effects.iter().zip(0..) {
        let Effect::Message(message) = effect else {
            continue;
        };
        if message.purpose != Purpose::Service {
            continue;
        }
        let evidence = message.because.evidence.iter();
        let of: Vec<_> = evidence
            .map(|id| (*id, crate::ids::event_of(*id)))
            .collect();
        if let Some(at) = records.newest_inbound(&of)? {
            run.causes.insert(index, at);
        }
    }
    Ok(())
}

fn find_fingerprints(run: &mut CompletedRun, names: &[&str]) {
    for (effect, index) in run.effects.iter().zip(0..) {
        if let Effect::Message(message) = effect {
            let fingerprint = crate::policy::fingerprint(&message.subject, &message.body, names);
            run.fingerprints.insert(index, fingerprint);
        }
    }
}
