use super::Apply;
use crate::sql::{Result, SqlConnection, params};
use regulars_model::{CustomerId, InteractionId, Timestamp};

impl<C: SqlConnection> Apply<'_, C> {
    pub(super) fn open_complaint(
        &mut self,
        interaction: InteractionId,
        customer: CustomerId,
        at: Timestamp,
    ) -> Result<()> {
        // The stored interaction with this id may be another one.
        if self.skipped.contains(&interaction) {
            return Ok(());
        }
        let customer = self.customer_key(customer)?;
        self.execute(
            "INSERT INTO complaint (interaction, customer, at)
             SELECT seq, ?2, ?3 FROM interaction WHERE id = ?1",
            params![interaction.0.as_bytes(), customer, at.as_millisecond()],
        )?;
        Ok(())
    }

    pub(super) fn close_complaint(
        &mut self,
        interaction: InteractionId,
        customer: CustomerId,
        by: Option<&str>,
        note: Option<&str>,
        at: Timestamp,
    ) -> Result<()> {
        let customer = self.customer_key(customer)?;
        self.value(
            "UPDATE complaint SET closed_at = ?3, closed_by = ?4, note = ?5
             WHERE interaction = (SELECT seq FROM interaction WHERE id = ?1) AND customer = ?2
             RETURNING interaction",
            params![
                interaction.0.as_bytes(),
                customer,
                at.as_millisecond(),
                by,
                note
            ],
        )?;
        Ok(())
    }
}
