use super::{Apply, conflict};
use crate::Precondition;
use crate::sql::codec::{json, word};
use crate::sql::{Result, SqlConnection, params};
use regulars_model::{Direction, Interaction};

impl<C: SqlConnection> Apply<'_, C> {
    pub(super) fn append_interaction(
        &mut self,
        interaction: &Interaction,
        if_absent: bool,
    ) -> Result<()> {
        let customer = self.customer_key(interaction.customer)?;
        let at = interaction.occurred_at.as_millisecond();
        let inserted = self.execute(
            "INSERT INTO interaction (id, customer, at, kind, direction, channel, subject, body, data)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
            params![
                interaction.id.0.as_bytes(),
                customer,
                at,
                interaction.kind,
                word(&interaction.direction)?,
                interaction.channel,
                interaction.subject,
                interaction.body,
                json(&interaction.data)?,
            ],
        )?;
        if inserted == 0 {
            if !if_absent {
                return Err(conflict(Precondition::InteractionAbsent(interaction.id)));
            }
            self.committed.skipped += 1;
            self.skipped.insert(interaction.id);
            return Ok(());
        }
        self.committed.appended += 1;
        if interaction.direction == Direction::Inbound {
            self.execute(
                "UPDATE customer SET last_inbound_at = ?2
                 WHERE key = ?1 AND (last_inbound_at IS NULL OR last_inbound_at < ?2)",
                params![customer, at],
            )?;
        }
        Ok(())
    }
}
