//! Events that wait for a plugin, or are dead. The oldest that waits for a plugin and customer has a due time; the
//! others wait behind it.

use super::{Apply, conflict};
use crate::Precondition;
use crate::sql::codec::millis;
use crate::sql::{Result, SqlConnection, params, query};
use regulars_model::{CustomerId, EventId, InstallationId, Timestamp};

impl<C: SqlConnection> Apply<'_, C> {
    #[expect(
        clippy::too_many_arguments,
        reason = "they are the members of the change"
    )]
    pub(super) fn defer(
        &mut self,
        event: EventId,
        customer: CustomerId,
        installation: &InstallationId,
        attempts: u32,
        due_at: Option<Timestamp>,
        dead: bool,
        error: &str,
        at: Timestamp,
    ) -> Result<()> {
        let customer = self.customer_key(customer)?;
        let installation = self.installation_key(installation)?;
        let seq: Option<i64> = query::value(
            self.sql,
            "SELECT seq FROM event WHERE id = ?",
            params![event.0.as_bytes()],
        )?;
        let seq = seq.ok_or_else(|| conflict(Precondition::Pending(event)))?;
        // The earlier event may have expired to the dead letter since it was read.
        let due_at = match due_at {
            None if !dead && !self.waits_before(seq, installation, customer)? => Some(at),
            due_at => due_at,
        };
        self.execute(
            "INSERT INTO deferred_event
                 (event, installation, customer, attempts, due_at, dead, error, since)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (event, installation) DO UPDATE SET
                 attempts = excluded.attempts, due_at = excluded.due_at, dead = excluded.dead,
                 error = excluded.error,
                 since = CASE excluded.dead WHEN 1 THEN excluded.since ELSE deferred_event.since END",
            params![
                seq,
                installation,
                customer,
                attempts,
                millis(due_at),
                dead,
                error,
                at.as_millisecond()
            ],
        )?;
        Ok(())
    }

    fn waits_before(&self, seq: i64, installation: i64, customer: i64) -> Result<bool> {
        query::exists(
            self.sql,
            "SELECT 1 FROM deferred_event
             WHERE customer = ? AND installation = ? AND event < ? AND dead = 0",
            params![customer, installation, seq],
        )
    }

    pub(super) fn remove_deferred(
        &mut self,
        event: EventId,
        installation: &InstallationId,
    ) -> Result<()> {
        let installation = self.installation_key(installation)?;
        self.execute(
            "DELETE FROM deferred_event
             WHERE event = (SELECT seq FROM event WHERE id = ?) AND installation = ?",
            params![event.0.as_bytes(), installation],
        )?;
        Ok(())
    }

    pub(super) fn drop_deferred_of(&mut self, installation: &InstallationId) -> Result<()> {
        let installation = self.installation_key(installation)?;
        self.execute(
            "DELETE FROM deferred_event WHERE installation = ?",
            params![installation],
        )?;
        Ok(())
    }

    pub(super) fn release_deferred(
        &mut self,
        installation: &InstallationId,
        customer: CustomerId,
        at: Timestamp,
    ) -> Result<()> {
        let customer = self.customer_key(customer)?;
        let installation = self.installation_key(installation)?;
        self.promote_head(installation, customer, at)
    }

    pub(super) fn redrive(
        &mut self,
        event: EventId,
        installation: &InstallationId,
        at: Timestamp,
    ) -> Result<()> {
        let installation = self.installation_key(installation)?;
        let customer: Option<i64> = query::value(
            self.sql,
            "UPDATE deferred_event SET dead = 0, due_at = NULL, attempts_before_redrive = attempts, since = ?3
             WHERE event = (SELECT seq FROM event WHERE id = ?1) AND installation = ?2
                 AND dead = 1
             RETURNING customer",
            params![event.0.as_bytes(), installation, at.as_millisecond()],
        )?;
        match customer {
            Some(customer) => self.promote_head(installation, customer, at),
            None => Ok(()),
        }
    }

    pub(super) fn expire_deferred(
        &mut self,
        installation: &InstallationId,
        before: Timestamp,
        most: u32,
        error: &str,
        at: Timestamp,
    ) -> Result<()> {
        let installation = self.installation_key(installation)?;
        let customers: Vec<i64> = query::all(
            self.sql,
            "UPDATE deferred_event SET dead = 1, due_at = NULL, error = ?4, since = ?5
             WHERE installation = ?1 AND event IN (
                 SELECT event FROM deferred_event WHERE installation = ?1 AND dead = 0 AND since < ?2
                 ORDER BY since, event LIMIT ?3)
             RETURNING event, customer",
            params![
                installation,
                before.as_millisecond(),
                most,
                error,
                at.as_millisecond()
            ],
            |columns| columns.get(),
        )?;
        for customer in customers {
            self.promote_head(installation, customer, at)?;
        }
        Ok(())
    }

    /// Gives the oldest waiting event a due time, and takes it from those behind it.
    fn promote_head(&self, installation: i64, customer: i64, at: Timestamp) -> Result<()> {
        let first: Option<i64> = query::value(
            self.sql,
            "SELECT event FROM deferred_event WHERE customer = ? AND installation = ? AND dead = 0
             ORDER BY event LIMIT 1",
            params![customer, installation],
        )?;
        let Some(first) = first else {
            return Ok(());
        };
        self.execute(
            "UPDATE deferred_event SET due_at = coalesce(due_at, ?3) WHERE event = ?1 AND installation = ?2",
            params![first, installation, at.as_millisecond()],
        )?;
        self.execute(
            "UPDATE deferred_event SET due_at = NULL
             WHERE customer = ? AND installation = ? AND event > ? AND due_at IS NOT NULL",
            params![customer, installation, first],
        )?;
        Ok(())
    }
}
