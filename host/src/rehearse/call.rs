use std::sync::Arc;

use super::customer_sim::CustomerSim;
use crate::model::*;
use crate::pipeline::{CompletedRun, Hook, Mode, PluginCall, perform, run_id};
use crate::plugin_set::Active;
use crate::store::StoreError;

impl CustomerSim<'_> {
    /// Calls one plugin with an event, and validates what it returns.
    pub(super) fn call(
        &self,
        active: &Arc<Active>,
        event: &Event,
    ) -> Result<CompletedRun, StoreError> {
        let id = &active.installation.id;
        let call = PluginCall {
            active,
            run: run_id(event, id, 1),
            customer: Some(event.customer),
            started_at: event.time,
            attempt: 1,
            view: Arc::new(self.snapshot.view(active)),
            memories: self.snapshot.memory(id),
            hook: Hook::Event(event),
        };
        perform(&self.sim.engine, &self.records, &call, Mode::Rehearsal)
    }
}
