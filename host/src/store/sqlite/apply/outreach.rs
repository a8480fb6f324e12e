use rusqlite::params;

use super::Apply;
use crate::model::Message;
use crate::store::sqlite::codec::{json, millis, word};
use crate::store::sqlite::fault::Result;

impl Apply<'_> {
    /// Inserts or replaces; one that is replaced keeps its place in the lists.
    pub(super) fn put_message(&mut self, message: &Message) -> Result<()> {
        let customer = self.customer_key(message.customer)?;
        let installation = self.installation_key(&message.plugin)?;
        self.execute(
            "INSERT INTO message (id, customer, installation, run, purpose, subject, body, channels,
                 value, because, created_at, not_before, expires_at, dedupe_key, state, decision)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET customer = excluded.customer,
                 installation = excluded.installation, run = excluded.run,
                 purpose = excluded.purpose, subject = excluded.subject, body = excluded.body,
                 channels = excluded.channels, value = excluded.value, because = excluded.because,
                 created_at = excluded.created_at, not_before = excluded.not_before,
                 expires_at = excluded.expires_at, dedupe_key = excluded.dedupe_key,
                 state = excluded.state, decision = excluded.decision",
            params![
                message.id.0.as_bytes(),
                customer,
                installation,
                message.run.0.as_bytes(),
                word(&message.purpose)?,
                message.subject,
                message.body,
                json(&message.channels)?,
                message.value,
                json(&message.because)?,
                message.created_at.as_millisecond(),
                millis(message.not_before),
                millis(message.expires_at),
                message.dedupe_key,
                word(&message.state)?,
                json(&message.decision)?,
            ],
        )?;
        Ok(())
    }
}
