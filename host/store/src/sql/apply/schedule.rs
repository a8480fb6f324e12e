//! Timers and schedules.

use super::Apply;
use crate::sql::codec::{json, signed};
use crate::sql::{Result, SqlConnection, params, sql};
use crate::{ScheduleState, Timer};
use regulars_model::{CustomerId, InstallationId};

impl<C: SqlConnection> Apply<'_, C> {
    pub(super) fn set_timer(&mut self, timer: &Timer) -> Result<()> {
        let installation = self.installation_key(&timer.installation)?;
        let customer = self.customer_key(timer.customer)?;
        self.execute(
            "INSERT INTO timer (installation, customer, key, at, payload, cause)
             VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (installation, customer, key) DO UPDATE SET
                 at = excluded.at, payload = excluded.payload, cause = excluded.cause",
            params![
                installation,
                customer,
                timer.key,
                timer.at.as_millisecond(),
                json(&timer.payload)?,
                timer.cause.as_ref().map(|cause| cause.0.as_bytes()),
            ],
        )?;
        Ok(())
    }

    pub(super) fn clear_timer(
        &mut self,
        installation: &InstallationId,
        customer: CustomerId,
        key: &str,
    ) -> Result<()> {
        let installation = self.installation_key(installation)?;
        let customer = self.customer_key(customer)?;
        self.execute(
            "DELETE FROM timer WHERE installation = ? AND customer = ? AND key = ?",
            params![installation, customer, key],
        )?;
        Ok(())
    }

    pub(super) fn drop_timers_of(&mut self, installation: &InstallationId) -> Result<()> {
        let installation = self.installation_key(installation)?;
        self.execute(
            "DELETE FROM timer WHERE installation = ?",
            params![installation],
        )?;
        Ok(())
    }

    pub(super) fn put_schedule(&mut self, state: &ScheduleState) -> Result<()> {
        let installation = self.installation_key(&state.installation)?;
        self.execute(
            "DELETE FROM schedule WHERE installation = ? AND schedule = ? AND time_zone IS NOT DISTINCT FROM ?",
            params![installation, state.schedule, state.time_zone],
        )?;
        self.execute(
            "INSERT INTO schedule (installation, schedule, time_zone, date, due_at, cursor)
             VALUES (?, ?, ?, ?, ?, ?)",
            params![
                installation,
                state.schedule,
                state.time_zone,
                state.date.to_string(),
                state.due_at.as_millisecond(),
                state.cursor.map(signed),
            ],
        )?;
        Ok(())
    }

    pub(super) fn keep_schedules(
        &mut self,
        installation: &InstallationId,
        keep: &[String],
    ) -> Result<()> {
        let installation = self.installation_key(installation)?;
        self.execute(
            sql![
                "DELETE FROM schedule WHERE installation = ?1 AND schedule NOT IN ",
                C::DIALECT.list(2)
            ],
            params![installation, json(keep)?],
        )?;
        Ok(())
    }
}
