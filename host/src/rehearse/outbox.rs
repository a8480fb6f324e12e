//! Messages that wait, and what becomes of them when they are due: as the outbox does it, but that every channel
//! takes every message at once.

use super::lane::{Lane, Own};
use crate::model::*;
use crate::outbox::{apply, judge, sent_now};
use crate::store::{Changeset, StoreError};

impl Lane<'_> {
    /// The place among those that wait of the one that is due first.
    pub(super) fn first_waiting(&self) -> Option<(Timestamp, usize)> {
        let waiting = self.waiting.iter().enumerate();
        let due = waiting.filter_map(|(place, it)| Some((it.due_at?, it.id, place)));
        due.min().map(|(at, _, place)| (at, place))
    }

    /// A message waits for its time, or for another one, and has its place kept.
    pub(super) fn put_off(&mut self, message: Message) {
        if let (Some(contact), Some(due)) = (&mut self.contact, message.due_at) {
            contact.keep(&message, due);
        }
        self.waiting.push(message);
    }

    /// Nothing that waits is sent any more, but for these purposes.
    pub(super) fn cancel(&mut self, keep: &[Purpose]) {
        let waiting = std::mem::take(&mut self.waiting);
        for message in waiting {
            if keep.contains(&message.purpose) {
                self.waiting.push(message);
                continue;
            }
            if let Some(contact) = &mut self.contact {
                contact.leave(message.id);
            }
            if let Some(tally) = self.tally(&message.plugin) {
                tally.messages.cancelled += 1;
            }
        }
    }

    /// Decides a message again that is due, and sends it, puts it off or drops it.
    pub(super) fn deliver(
        &mut self,
        place: usize,
        now: Timestamp,
        own: &mut Own,
    ) -> Result<(), StoreError> {
        let mut message = self.waiting.swap_remove(place);
        let core = self.stage.core.clone();
        let since = core.policy.since(now);
        let customer = self.snapshot.data.customer.clone();
        let active = self.cast.set.get(&message.plugin);
        let installation = active.map(|active| &active.installation);
        self.know_contact()?;
        let Some(contact) = &mut self.contact else {
            return Ok(());
        };
        contact.leave(message.id);
        let known = contact.at(now, since, &customer);
        message.decision = judge(&core, now, &message, installation, &customer, known);
        if apply(&mut message, now) {
            let mut changeset = Changeset::new();
            sent_now(&core, &mut changeset, &mut message, now);
            contact.keep(&message, now);
            self.sent(&message, now);
            self.apply(changeset.changes, own);
            return Ok(());
        }
        if message.state == MessageState::Queued {
            self.put_off(message);
            return Ok(());
        }
        let customer = customer.id;
        if let Some(tally) = self.tally(&message.plugin) {
            match message.state {
                MessageState::Expired => tally.messages.expired += 1,
                _ => tally.messages.denied += 1,
            }
            tally.held_back(&message.decision, customer, now, message.run);
        }
        Ok(())
    }
}
