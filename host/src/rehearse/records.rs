use std::borrow::Cow;
use std::collections::BTreeMap;

use super::contact::Contact;
use super::simulation::Simulation;
use super::timeline::Timeline;
use crate::model::*;
use crate::pipeline::{KnownContact, Records};
use crate::store::{StoreError, Timer};

/// One customer's records in simulated time: what is stored, and what effects would have changed.
pub(super) struct SimulatedRecords<'s> {
    pub sim: &'s Simulation,
    /// The history so far.
    pub timeline: Timeline,
    pub timers: BTreeMap<(InstallationId, String), Timer>,
    /// Loaded with the first message that is proposed.
    pub contact: Option<Contact>,
    /// The complaints that plugins recorded before that.
    complaints: Vec<Timestamp>,
}

impl<'s> SimulatedRecords<'s> {
    pub fn new(sim: &'s Simulation, timeline: Timeline) -> SimulatedRecords<'s> {
        SimulatedRecords {
            sim,
            timeline,
            timers: BTreeMap::new(),
            contact: None,
            complaints: Vec::new(),
        }
    }

    /// Loads the contacts with the customer, unless that was done.
    pub fn load_contact(&mut self, customer: &Customer) -> Result<&mut Contact, StoreError> {
        let contact = match self.contact.take() {
            Some(contact) => contact,
            None => {
                let mut contact = Contact::load(self.sim, customer)?;
                for at in self.complaints.drain(..) {
                    contact.complain(at);
                }
                contact
            }
        };
        Ok(self.contact.insert(contact))
    }

    /// Adds a complaint that a plugin recorded.
    pub fn complain(&mut self, at: Timestamp) {
        match &mut self.contact {
            Some(contact) => contact.complain(at),
            None => self.complaints.push(at),
        }
    }
}

impl Records for SimulatedRecords<'_> {
    fn count_owned(
        &self,
        customer: CustomerId,
        ids: &[InteractionId],
    ) -> Result<usize, StoreError> {
        let recorded = ids.iter().copied();
        let recorded = recorded.filter(|id| !self.timeline.is_made_up(id));
        let recorded: Vec<InteractionId> = recorded.collect();
        let stored = self.sim.engine.store.count_owned(customer, &recorded)?;
        Ok(ids.len() - recorded.len() + stored)
    }

    fn timer_keys(
        &self,
        plugin: &InstallationId,
        _customer: CustomerId,
    ) -> Result<Vec<String>, StoreError> {
        let keys = self.timers.keys();
        let keys = keys.filter(|(whose, _)| whose == plugin);
        Ok(keys.map(|(_, key)| key.clone()).collect())
    }

    /// Interactions that plugins recorded are not in the store, and do not count.
    fn newest_inbound(
        &self,
        of: &[(InteractionId, EventId)],
    ) -> Result<Option<Timestamp>, StoreError> {
        self.sim.engine.store.newest_inbound(of)
    }

    fn contact(
        &mut self,
        customer: &Customer,
        now: Timestamp,
    ) -> Result<Option<KnownContact<'_>>, StoreError> {
        let since = self.sim.engine.policy.since(now);
        let contact = self.load_contact(customer)?;
        let zone = contact.zone.clone();
        Ok(Some(KnownContact {
            view: Cow::Borrowed(contact.at(now, since, customer)),
            zone,
        }))
    }
}
