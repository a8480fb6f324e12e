//! For tools that try a plugin on an empty host.

use std::collections::BTreeMap;

use super::{Host, Processed};
use crate::engine::append_event;
use crate::error::Error;
use crate::model::*;
use crate::store::{Change, Changeset};

impl Host {
    /// Writes entries of a plugin's memory: of a customer, or its own.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn write_memory(
        &self,
        plugin: &InstallationId,
        customer: Option<CustomerId>,
        entries: BTreeMap<String, Json>,
    ) -> Result<(), Error> {
        let mut changeset = Changeset::new();
        for (key, value) in entries {
            changeset.push(Change::Remember {
                installation: plugin.clone(),
                customer,
                key,
                value: Some(value),
            });
        }
        self.engine.commit(changeset).map(drop)
    }

    /// Appends any event to the log, with its interaction if it has one. The event's id is the same for the same
    /// interaction, and for every other event, because a plugin's randomness depends on it: one host takes one such
    /// event. Programs use [`Host::record`] instead.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn append_event(
        &self,
        customer: CustomerId,
        data: EventData,
    ) -> Result<(EventId, Processed), Error> {
        let mut changeset = Changeset::new();
        let id = match &data {
            EventData::InteractionRecorded { interaction } => {
                changeset.append_interaction_if_absent(interaction.clone());
                EventId(interaction.id.0)
            }
            _ => EventId(crate::ids::derived(&[b"situation", b"event"])),
        };
        changeset.push(append_event(NewEvent {
            id,
            customer,
            time: self.now(),
            cause: None,
            depth: 0,
            data,
        }));
        let receiver = self.dispatcher.subscribe(id);
        let committed = self.engine.commit(changeset);
        let pending = committed
            .as_ref()
            .is_ok_and(|committed| committed.pending.iter().any(|event| event.id == id));
        if !pending {
            self.dispatcher.complete(id);
        }
        committed.map(|_| (id, Processed::new(receiver)))
    }

    /// Returns a stored component. `None` if the store does not have it.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn component(&self, digest: Digest) -> Result<Option<Component>, Error> {
        Ok(self.engine.store.component(digest)?)
    }
}
