//! One event: which plugins run on it, what is known when it is decided, and what comes of it.

use std::sync::Arc;

use super::contact::{Contact, DeskBefore};
use super::lane::{Lane, Own, Source, as_of_event};
use crate::dispatch::{About, Origin, Outcome, Ran, find_causes, judge, proposes_message, route};
use crate::model::*;
use crate::plugin::Active;
use crate::snapshot::windows;
use crate::store::{Changeset, Memory, StoreError};

impl Lane<'_> {
    /// Runs the plugins that want an event, decides what they propose together, and does it.
    pub(super) fn handle(
        &mut self,
        source: Source,
        event: &Event,
        own: &mut Own,
    ) -> Result<(), StoreError> {
        let wanted = route(&self.cast.set, &event.data);
        if wanted.is_empty() {
            return Ok(());
        }
        let occasions = &mut self.found.occasions;
        match (source, &event.data) {
            (Source::Happening, EventData::InteractionRecorded { .. }) => {
                occasions.interactions += 1;
            }
            (Source::Happening, _) => occasions.changes += 1,
            (Source::Plan(_), _) => occasions.schedules += 1,
            (Source::Timer, _) => occasions.timers += 1,
            _ => occasions.caused += 1,
        }
        self.go_to(event, &wanted, own);
        let mut runs = Vec::with_capacity(wanted.len());
        for active in &wanted {
            runs.push(self.call(active, event)?);
        }
        let changeset = self.decide(event, &mut runs)?;
        for ran in &runs {
            self.count(ran, event);
        }
        // So that what plugins remember for themselves is not copied when it is written to.
        for (_, own) in self.snapshot.data.memories.values_mut() {
            *own = Memory::default();
        }
        self.apply(changeset.changes, own);
        Ok(())
    }

    /// Makes the snapshot the one of an event.
    fn go_to(&mut self, event: &Event, wanted: &[Arc<Active>], own: &Own) {
        let date = match &event.data {
            EventData::ScheduleDue { date, .. } => Some(*date),
            _ => None,
        };
        let grants = wanted.iter().map(|active| &active.installation.grants);
        let history = self.shown.within(&windows(event.time, grants));
        for (id, memory) in &own.memories {
            if let Some((_, own)) = self.snapshot.data.memories.get_mut(id) {
                own.clone_from(memory);
            }
        }
        let at = as_of_event(&self.snapshot.data.customer, event.time, event.id, date);
        self.snapshot.go_to(at, history);
    }

    fn decide(&mut self, event: &Event, runs: &mut [Ran]) -> Result<Changeset, StoreError> {
        let mut changeset = Changeset::new();
        if runs.iter().all(|ran| ran.effects.is_empty()) {
            return Ok(changeset);
        }
        for ran in runs.iter_mut() {
            // What was only made up here is no word of the customer's: it is not in the store.
            let store = &self.stage.core.store;
            find_causes(ran, |evidence| store.newest_inbound(evidence))?;
        }
        if runs.iter().any(|ran| ran.effects.iter().any(is_guarded)) {
            self.know_desk()?;
        }
        let messages = runs.iter().any(proposes_message);
        if messages {
            self.know_contact()?;
        }
        let core = &self.stage.core;
        let customer = &self.snapshot.data.customer;
        let about = About {
            customer: Some(customer),
            desk: &self.snapshot.data.desk,
            depth: event.depth,
        };
        let since = core.policy.since(event.time);
        let contact = self.contact.as_mut().filter(|_| messages);
        let zone = contact.as_ref().map(|contact| contact.zone.clone());
        let known = contact.map(|contact| contact.at(event.time, since, customer));
        judge(
            &core.policy,
            event.time,
            &about,
            runs,
            known.zip(zone.as_ref()),
        );
        let origin = Origin {
            now: event.time,
            decided_at: event.time,
            event: Some(event.id),
            depth: event.depth,
            plugins: &self.cast.set,
        };
        for ran in runs.iter_mut() {
            let basis = Outcome::of(&self.snapshot, &ran.active.installation.id);
            crate::dispatch::write(&mut changeset, &origin, &basis, ran);
        }
        Ok(changeset)
    }

    pub(super) fn timer_keys(&self, plugin: &InstallationId) -> Vec<String> {
        let keys = self.timers.keys();
        let keys = keys.filter(|(whose, _)| whose == plugin);
        keys.map(|(_, key)| key.clone()).collect()
    }

    pub(super) fn know_contact(&mut self) -> Result<(), StoreError> {
        if self.contact.is_none() {
            let customer = &self.snapshot.data.customer;
            let mut contact = Contact::load(self.stage, customer)?;
            for at in self.complaints.drain(..) {
                contact.complain(at);
            }
            self.contact = Some(contact);
        }
        Ok(())
    }

    /// The desk of now: what was on it when the window began, without the tasks that were closed since.
    fn know_desk(&mut self) -> Result<(), StoreError> {
        let now = self.now;
        let desk = &mut self.snapshot.data.desk;
        if self.desk.is_none() {
            let before = DeskBefore::load(self.stage, self.life.customer.id)?;
            desk.last_question_at = desk.last_question_at.max(before.last_question_at);
            desk.message_keys
                .extend(before.message_keys.iter().cloned());
            let groups = before.groups.iter();
            let groups = groups.map(|(plugin, group, _)| (plugin.clone(), group.clone()));
            desk.open_groups.extend(groups);
            self.desk = Some(before);
        }
        if let Some(before) = &mut self.desk {
            before.groups.retain(|(plugin, group, closed)| {
                let open = closed.is_none_or(|closed| closed > now);
                if !open {
                    desk.open_groups.remove(&(plugin.clone(), group.clone()));
                }
                open
            });
        }
        Ok(())
    }
}

/// Whether the desk's guards look at it.
fn is_guarded(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Ask(_) | Effect::Task(_) | Effect::Message(_) | Effect::ProposeLevel { .. }
    )
}
