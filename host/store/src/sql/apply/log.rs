use super::Apply;
use crate::sql::codec::{Columns, json, whole_millis};
use crate::sql::{Result, SqlConnection, params, query};
use regulars_model::{Event, EventData, EventId, Interaction, NewEvent};

impl<C: SqlConnection> Apply<'_, C> {
    pub(super) fn append_event(&mut self, event: NewEvent, pending: bool) -> Result<()> {
        let customer = self.customer_key(event.customer)?;
        let interaction = match &event.data {
            EventData::InteractionRecorded { interaction } => {
                self.stored_interaction(customer, interaction)?
            }
            _ => None,
        };
        let data = match interaction {
            Some(_) => None,
            None => Some(json(&event.data)?),
        };
        let placed = self.sql.query_one(
            "INSERT INTO event (id, customer, time, cause, depth, as_of, interaction, data)
                 VALUES (?, ?, ?, ?, ?, (SELECT coalesce(max(seq), 0) FROM interaction), ?, ?)
                 ON CONFLICT (id) DO NOTHING RETURNING seq, as_of",
            params![
                event.id.0.as_bytes(),
                customer,
                event.time.as_millisecond(),
                event.cause.as_ref().map(|cause| cause.0.as_bytes()),
                event.depth,
                interaction,
                data,
            ],
            |row| {
                let mut columns = Columns::<C>::new(row);
                Ok((columns.get()?, columns.get()?))
            },
        )?;
        let Some((seq, as_of)): Option<(i64, i64)> = placed else {
            return Ok(());
        };
        self.committed.last_seq = Some(seq as u64);
        if pending {
            self.execute("INSERT INTO pending (event) VALUES (?)", params![seq])?;
            self.committed
                .pending
                .push(placed_event(event, seq as u64, as_of as u64));
        }
        Ok(())
    }

    /// Returns the row of a stored interaction, to which its event refers.
    fn stored_interaction(&self, customer: i64, interaction: &Interaction) -> Result<Option<i64>> {
        query::value(
            self.sql,
            "SELECT seq FROM interaction WHERE id = ? AND customer = ?",
            params![interaction.id.0.as_bytes(), customer],
        )
    }

    pub(super) fn acknowledge(&self, event: EventId) -> Result<()> {
        self.execute(
            "DELETE FROM pending WHERE event = (SELECT seq FROM event WHERE id = ?)",
            params![event.0.as_bytes()],
        )?;
        Ok(())
    }
}

/// Makes the event that later reads return, so that a replay gets the same one.
fn placed_event(event: NewEvent, seq: u64, as_of: u64) -> Event {
    let mut data = event.data;
    if let EventData::InteractionRecorded { interaction } = &mut data {
        interaction.occurred_at = whole_millis(interaction.occurred_at);
    }
    Event {
        seq,
        id: event.id,
        customer: event.customer,
        time: whole_millis(event.time),
        cause: event.cause,
        depth: event.depth,
        as_of,
        data,
    }
}
