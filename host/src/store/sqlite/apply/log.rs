use rusqlite::{OptionalExtension, params};

use super::Apply;
use crate::model::{Event, EventData, EventId, Interaction, NewEvent};
use crate::store::sqlite::codec::{json, whole_millis};
use crate::store::sqlite::fault::Result;

impl Apply<'_> {
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
        let placed = self
            .sql
            .prepare_cached(
                "INSERT INTO event (id, customer, time, cause, depth, as_of, interaction, data)
                 VALUES (?, ?, ?, ?, ?, (SELECT ifnull(max(seq), 0) FROM interaction), ?, ?)
                 ON CONFLICT (id) DO NOTHING RETURNING seq, as_of",
            )?
            .query_row(
                params![
                    event.id.0.as_bytes(),
                    customer,
                    event.time.as_millisecond(),
                    event.cause.as_ref().map(|cause| cause.0.as_bytes()),
                    event.depth,
                    interaction,
                    data,
                ],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let Some((seq, as_of)) = placed else {
            return Ok(());
        };
        let (seq, as_of): (i64, i64) = (seq, as_of);
        self.committed.newest = Some(seq as u64);
        if pending {
            self.execute("INSERT INTO pending (event) VALUES (?)", [seq])?;
            self.committed
                .pending
                .push(placed_event(event, seq as u64, as_of as u64));
        }
        Ok(())
    }

    /// The row that the event can refer to instead of repeating it.
    fn stored_interaction(&self, customer: i64, interaction: &Interaction) -> Result<Option<i64>> {
        Ok(self
            .sql
            .prepare_cached("SELECT seq FROM interaction WHERE id = ? AND customer = ?")?
            .query_row(params![interaction.id.0.as_bytes(), customer], |row| {
                row.get(0)
            })
            .optional()?)
    }

    pub(super) fn acknowledge(&self, event: EventId) -> Result<()> {
        self.execute(
            "DELETE FROM pending WHERE event = (SELECT seq FROM event WHERE id = ?)",
            [event.0.as_bytes()],
        )?;
        Ok(())
    }
}

/// The event just as it will be read, so that a run on it can be repeated.
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
