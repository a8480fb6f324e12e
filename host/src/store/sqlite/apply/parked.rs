use rusqlite::{OptionalExtension, params};

use super::{Apply, conflict};
use crate::model::{CustomerId, EventId, InstallationId, Timestamp};
use crate::store::Expect;
use crate::store::sqlite::codec::millis;
use crate::store::sqlite::fault::Result;

impl Apply<'_> {
    #[expect(
        clippy::too_many_arguments,
        reason = "they are the members of the change"
    )]
    pub(super) fn park(
        &mut self,
        event: EventId,
        customer: CustomerId,
        installation: &InstallationId,
        attempts: u32,
        due_at: Option<Timestamp>,
        dead: bool,
        error: &str,
    ) -> Result<()> {
        let customer = self.customer_key(customer)?;
        let installation = self.installation_key(installation)?;
        let seq: Option<i64> = self
            .sql
            .prepare_cached("SELECT seq FROM event WHERE id = ?")?
            .query_row([event.0.as_bytes()], |row| row.get(0))
            .optional()?;
        let seq = seq.ok_or_else(|| conflict(Expect::Pending(event)))?;
        self.execute(
            "INSERT OR REPLACE INTO parked
                 (event, installation, customer, attempts, due_at, dead, error)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            params![
                seq,
                installation,
                customer,
                attempts,
                millis(due_at),
                dead,
                error
            ],
        )?;
        Ok(())
    }

    pub(super) fn unpark(&mut self, event: EventId, installation: &InstallationId) -> Result<()> {
        let installation = self.installation_key(installation)?;
        self.execute(
            "DELETE FROM parked
             WHERE event = (SELECT seq FROM event WHERE id = ?) AND installation = ?",
            params![event.0.as_bytes(), installation],
        )?;
        Ok(())
    }

    pub(super) fn release_parked(
        &mut self,
        installation: &InstallationId,
        customer: CustomerId,
        at: Timestamp,
    ) -> Result<()> {
        let customer = self.customer_key(customer)?;
        let installation = self.installation_key(installation)?;
        self.execute(
            "UPDATE parked SET due_at = ?3 WHERE installation = ?2 AND event = (
                 SELECT event FROM parked
                 WHERE customer = ?1 AND installation = ?2 AND due_at IS NULL AND dead = 0
                 ORDER BY event LIMIT 1)",
            params![customer, installation, at.as_millisecond()],
        )?;
        Ok(())
    }
}
