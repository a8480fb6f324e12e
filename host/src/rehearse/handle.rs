//! Handling of one event.

use std::sync::Arc;

use super::contact::DeskBefore;
use super::customer_sim::{CustomerSim, SharedMemory, Source, as_of_event};
use crate::model::*;
use crate::pipeline::{CompletedRun, EffectContext, conclude};
use crate::plugin_set::Active;
use crate::snapshot::windows;
use crate::store::{Changeset, Memory, StoreError};

impl CustomerSim<'_> {
    /// Runs the plugins that want an event, decides their proposals together, and applies the effects.
    pub(super) fn handle(
        &mut self,
        source: Source,
        event: &Event,
        shared: &mut SharedMemory,
    ) -> Result<(), StoreError> {
        let wanted = self.participants.set.wanting(&event.data);
        if wanted.is_empty() {
            return Ok(());
        }
        let occasions = &mut self.found.occasions;
        match (source, &event.data) {
            (Source::Recorded, EventData::InteractionRecorded { .. }) => {
                occasions.interactions += 1;
            }
            (Source::Recorded, _) => occasions.changes += 1,
            (Source::Plan(_), _) => occasions.schedules += 1,
            (Source::Timer, _) => occasions.timers += 1,
            _ => occasions.caused += 1,
        }
        self.go_to(event, &wanted, shared);
        let mut runs = Vec::with_capacity(wanted.len());
        for active in &wanted {
            runs.push(self.call(active, event)?);
        }
        let changeset = self.decide(event, &mut runs)?;
        for run in &runs {
            self.count(run, event);
        }
        // So that what plugins remember for themselves is not copied when it is written to.
        for (_, own) in self.snapshot.data.memories.values_mut() {
            *own = Memory::default();
        }
        self.apply(changeset.changes, shared);
        Ok(())
    }

    /// Moves the snapshot to the time of an event.
    fn go_to(&mut self, event: &Event, wanted: &[Arc<Active>], shared: &SharedMemory) {
        let date = match &event.data {
            EventData::ScheduleDue { date, .. } => Some(*date),
            _ => None,
        };
        let grants = wanted.iter().map(|active| &active.installation.grants);
        let history = self.records.timeline.within(&windows(event.time, grants));
        for (id, memory) in &shared.memories {
            if let Some((_, own)) = self.snapshot.data.memories.get_mut(id) {
                own.clone_from(memory);
            }
        }
        let at = as_of_event(&self.snapshot.data.customer, event.time, event.id, date);
        self.snapshot.go_to(at, history);
    }

    /// Decides the proposals of all runs together. Returns the changeset of their effects.
    fn decide(
        &mut self,
        event: &Event,
        runs: &mut [CompletedRun],
    ) -> Result<Changeset, StoreError> {
        let mut changeset = Changeset::new();
        if runs.iter().all(|run| run.effects.is_empty()) {
            return Ok(changeset);
        }
        if runs.iter().any(|run| run.effects.iter().any(is_guarded)) {
            self.know_desk()?;
        }
        let snapshot = &self.snapshot;
        let context = EffectContext {
            customer: Some(&snapshot.data.customer),
            desk: &snapshot.data.desk,
            now: event.time,
            decided_at: event.time,
            event: Some(event.id),
            depth: event.depth,
        };
        conclude(
            &self.sim.engine.policy,
            &mut self.records,
            &context,
            |plugin| snapshot.memory(plugin),
            runs,
            &mut changeset,
        )?;
        Ok(changeset)
    }

    /// Brings the desk to `now`: its content at the start of the window, without tasks closed since.
    fn know_desk(&mut self) -> Result<(), StoreError> {
        let now = self.now;
        let desk = &mut self.snapshot.data.desk;
        if self.desk.is_none() {
            let before = DeskBefore::load(self.sim, self.history.customer.id)?;
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

/// Returns true if the desk's guards check the effect.
fn is_guarded(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Ask(_) | Effect::Task(_) | Effect::Message(_) | Effect::ProposeLevel { .. }
    )
}
