use jiff::tz::TimeZone;

use super::Ran;
use crate::host::Core;
use crate::model::*;
use crate::policy::{Candidate, Outreach, Policy, PolicyView, ProposalId};
use crate::store::{Changeset, DeskView, Expect, OutreachView, StoreError};

/// Whom proposals are about.
pub(crate) struct About<'a> {
    /// None for an action about nobody.
    pub customer: Option<&'a Customer>,
    pub desk: &'a DeskView,
    /// The length of the chain of causes before.
    pub depth: u8,
}

/// Decides the effects of all these runs together. Where one is a message, what is known of contacts with
/// the customer is read, and must be the same when the changeset is written.
pub(crate) fn decide(
    core: &Core,
    now: Timestamp,
    about: &About<'_>,
    runs: &mut [Ran],
    changeset: &mut Changeset,
) -> Result<(), StoreError> {
    for ran in runs.iter_mut() {
        find_causes(ran, |evidence| core.store.newest_inbound(evidence))?;
    }
    let contact = match about.customer {
        Some(customer) if runs.iter().any(proposes_message) => {
            Contact::read(core, now, customer, changeset)?
        }
        _ => None,
    };
    let contact = contact.as_ref();
    let contact = contact.map(|contact| (&contact.known, &contact.zone));
    judge(&core.policy, now, about, runs, contact);
    Ok(())
}

/// Decides the effects of all these runs together, by what is known of contacts with the customer and the
/// customer's time zone: needed where one of the effects is a message.
pub(crate) fn judge(
    policy: &Policy,
    now: Timestamp,
    about: &About<'_>,
    runs: &mut [Ran],
    contact: Option<(&OutreachView, &TimeZone)>,
) {
    let names = about.customer.map(Customer::names).unwrap_or_default();
    for ran in runs.iter_mut() {
        find_fingerprints(ran, &names);
    }
    let view = PolicyView {
        level: about.customer.map_or(Level::Low, |customer| customer.level),
        desk: about.desk,
        depth: about.depth,
        outreach: contact.map(|(known, zone)| Outreach {
            known,
            zone,
            names: &names,
        }),
    };
    let candidates: Vec<Candidate<'_>> = runs
        .iter()
        .filter(|ran| ran.failure.is_none())
        .flat_map(candidates)
        .collect();
    let mut decisions = crate::policy::decide(policy, now, &view, &candidates).into_iter();
    for ran in runs.iter_mut().filter(|ran| ran.failure.is_none()) {
        ran.proposals = std::mem::take(&mut ran.effects)
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

pub(crate) fn proposes_message(ran: &Ran) -> bool {
    let mut effects = ran.effects.iter();
    ran.failure.is_none() && effects.any(|effect| matches!(effect, Effect::Message(_)))
}

fn candidates(ran: &Ran) -> impl Iterator<Item = Candidate<'_>> {
    let installation = &ran.active.installation;
    ran.effects
        .iter()
        .zip(0..)
        .map(move |(effect, index)| Candidate {
            id: ProposalId { run: ran.id, index },
            installation: &installation.id,
            priority: installation.priority,
            effect,
            cause_at: ran.causes.get(&index).copied(),
            service_granted: installation.grants.service,
            fingerprint: ran.fingerprints.get(&index).copied(),
            prior: None,
        })
}

/// When the customer last did something that a service message of the run rests on, as `newest` finds it: see
/// [`Store::newest_inbound`](crate::store::Store::newest_inbound).
pub(crate) fn find_causes(
    ran: &mut Ran,
    newest: impl Fn(&[(InteractionId, EventId)]) -> Result<Option<Timestamp>, StoreError>,
) -> Result<(), StoreError> {
    for (effect, index) in ran.effects.iter().zip(0..) {
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
        // What a plugin recorded is no word of the customer's.
        if let Some(at) = newest(&of)? {
            ran.causes.insert(index, at);
        }
    }
    Ok(())
}

fn find_fingerprints(ran: &mut Ran, names: &[&str]) {
    for (effect, index) in ran.effects.iter().zip(0..) {
        if let Effect::Message(message) = effect {
            let fingerprint = crate::policy::fingerprint(&message.subject, &message.body, names);
            ran.fingerprints.insert(index, fingerprint);
        }
    }
}

struct Contact {
    known: OutreachView,
    zone: TimeZone,
}

impl Contact {
    fn read(
        core: &Core,
        now: Timestamp,
        customer: &Customer,
        changeset: &mut Changeset,
    ) -> Result<Option<Contact>, StoreError> {
        let Some((_, known)) = core.outreach(customer.id, now, None)? else {
            return Ok(None);
        };
        changeset.expect(Expect::Contact {
            customer: customer.id,
            version: known.version,
        });
        Ok(Some(Contact {
            known,
            zone: core.zone_of(customer),
        }))
    }
}
