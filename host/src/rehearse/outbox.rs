//! Queued messages, and their delivery. It follows the outbox, but every channel accepts every message at once.

use super::customer_sim::{CustomerSim, SharedMemory};
use crate::model::*;
use crate::outbox::{apply, decide_again, record_sent};
use crate::store::{Changeset, StoreError};

impl CustomerSim<'_> {
    /// Returns the index and the time of the message that is due first.
    pub(super) fn first_waiting(&self) -> Option<(Timestamp, usize)> {
        let waiting = self.waiting.iter().enumerate();
        let due = waiting.filter_map(|(place, it)| Some((it.due_at?, it.id, place)));
        due.min().map(|(at, _, place)| (at, place))
    }

    /// Queues a message, and counts it in the contact rules.
    pub(super) fn put_off(&mut self, message: Message) {
        if let (Some(contact), Some(due)) = (&mut self.records.contact, message.due_at) {
            contact.keep(&message, due);
        }
        self.waiting.push(message);
    }

    /// Cancels queued messages, except for these purposes.
    pub(super) fn cancel(&mut self, keep: &[Purpose]) {
        let waiting = std::mem::take(&mut self.waiting);
        for message in waiting {
            if keep.contains(&message.purpose) {
                self.waiting.push(message);
                continue;
            }
            if let Some(contact) = &mut self.records.contact {
                contact.leave(message.id);
            }
            if let Some(stats) = self.stats_of(&message.plugin) {
                stats.messages.cancelled += 1;
            }
        }
    }

    /// Decides a due message again, and sends, defers or drops it.
    pub(super) fn deliver(
        &mut self,
        place: usize,
        now: Timestamp,
        shared: &mut SharedMemory,
    ) -> Result<(), StoreError> {
        let mut message = self.waiting.swap_remove(place);
        let engine = self.sim.engine.clone();
        let since = engine.policy.since(now);
        let customer = self.snapshot.data.customer.clone();
        let active = self.participants.set.get(&message.plugin);
        let installation = active.map(|active| &active.installation);
        let contact = self.records.load_contact(&customer)?;
        contact.leave(message.id);
        let known = contact.at(now, since, &customer);
        message.decision = decide_again(&engine, now, &message, installation, &customer, known);
        if apply(&mut message, now) {
            let mut changeset = Changeset::new();
            record_sent(&mut changeset, &mut message, now);
            contact.keep(&message, now);
            self.sent(&message, now);
            self.apply(changeset.changes, shared);
            return Ok(());
        }
        if message.state == MessageState::Queued {
            self.put_off(message);
            return Ok(());
        }
        let customer = customer.id;
        if let Some(stats) = self.stats_of(&message.plugin) {
            match message.state {
                MessageState::Expired => stats.messages.expired += 1,
                _ => stats.messages.denied += 1,
            }
            stats.held_back(&message.decision, customer, now, message.run);
        }
        Ok(())
    }
}
