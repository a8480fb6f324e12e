use std::sync::Arc;

use super::lane::Lane;
use crate::dispatch::{BROKEN, Ran, Records, known, refused_by, report, run_id};
use crate::model::*;
use crate::plugin::Active;
use crate::runtime::Call;
use crate::store::StoreError;

impl Lane<'_> {
    /// Calls one plugin with an event, and checks what it returns.
    pub(super) fn call(&self, active: &Arc<Active>, event: &Event) -> Result<Ran, StoreError> {
        let core = &self.stage.core;
        let installation = &active.installation;
        let seen = Arc::new(self.snapshot.view(active));
        let call = match active.plugin() {
            // Ten times the time limit: what one run comes to must not depend on what else the machine does.
            Some(plugin) => core.runtime.handle_low_priority(plugin, &seen, event),
            None => Call::not_made(BROKEN),
        };
        let mut ran = report(
            active,
            run_id(event, &installation.id, 1),
            Trigger::from(event),
            Some(event.customer),
            event.time,
            1,
            call,
        );
        if ran.effects.is_empty() {
            return Ok(ran);
        }
        let known = known(&seen.history, event);
        let (of_customer, own) = self.snapshot.memory(&installation.id);
        let records = Records {
            owned: &|customer, ids| self.owned(customer, ids),
            timers: &|_| Ok(self.timer_keys(&installation.id)),
        };
        refused_by(&records, &mut ran, &known, (&of_customer, &own), event.time)?;
        Ok(ran)
    }

    fn owned(&self, customer: CustomerId, ids: &[InteractionId]) -> Result<usize, StoreError> {
        let recorded = ids.iter().copied();
        let recorded = recorded.filter(|id| !self.shown.is_made_up(id));
        let recorded: Vec<InteractionId> = recorded.collect();
        let stored = self.stage.core.store.owned(customer, &recorded)?;
        Ok(ids.len() - recorded.len() + stored)
    }
}
