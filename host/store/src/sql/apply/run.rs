use super::Apply;
use crate::sql::codec::{json, signed, word};
use crate::sql::{Result, SqlConnection, params};
use regulars_model::{Run, RunOutcome, Trigger};

impl<C: SqlConnection> Apply<'_, C> {
    pub(super) fn record_run(&mut self, run: &Run) -> Result<()> {
        let installation = self.installation_key(&run.installation)?;
        let customer = match run.customer {
            Some(customer) => Some(self.customer_key(customer)?),
            None => None,
        };
        let (event, kind, action) = match &run.trigger {
            Trigger::Event { event, kind } => (Some(event.0.as_bytes()), Some(kind), None),
            Trigger::Action { action } => (None, None, Some(action)),
        };
        let (failure, detail) = match &run.outcome {
            RunOutcome::Completed => (None, None),
            RunOutcome::Failed { failure, detail } => (Some(word(failure)?), Some(detail)),
        };
        self.execute(
            "INSERT INTO run (id, installation, digest, event, kind, action, customer, started_at,
                 attempt, failure, detail, fuel, micros, peak_memory, logs, proposals)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                run.id.0.as_bytes(),
                installation,
                run.digest.0,
                event,
                kind,
                action,
                customer,
                run.started_at.as_millisecond(),
                run.attempt,
                failure,
                detail,
                signed(run.fuel),
                signed(run.micros),
                signed(run.peak_memory),
                json(&run.logs)?,
                json(&run.proposals)?,
            ],
        )?;
        Ok(())
    }
}
