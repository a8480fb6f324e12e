use super::Apply;
use crate::rules;
use crate::sql::codec::{json, millis, word};
use crate::sql::{Result, SqlConnection, params, query, sql};
use regulars_model::*;

impl<C: SqlConnection> Apply<'_, C> {
    /// A replaced message keeps its place in the lists.
    pub(super) fn put_message(&mut self, message: &Message) -> Result<()> {
        if self.put(message, message.due_at)? {
            self.committed.outgoing += 1;
        }
        Ok(())
    }

    pub(super) fn lease_message(&mut self, message: &Message, until: Timestamp) -> Result<()> {
        self.put(message, Some(until)).map(drop)
    }

    /// Writes the message and its row in the outbox, due at `due_at`. Returns true if it has one.
    fn put(&mut self, message: &Message, due_at: Option<Timestamp>) -> Result<bool> {
        let customer = self.customer_key(message.customer)?;
        let installation = self.installation_key(&message.plugin)?;
        let key: i64 = self
            .value(
                "INSERT INTO message (id, customer, installation, run, purpose, subject, body, channels,
                 value, because, created_at, not_before, expires_at, dedupe_key, state, decision,
                 topic, channel, point, fingerprint, counts_at, sent_at, attempts, detail, cause_at,
                 unconfirmed_at, decided_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET state = excluded.state, decision = excluded.decision,
                 channel = excluded.channel, point = excluded.point, counts_at = excluded.counts_at,
                 sent_at = excluded.sent_at, attempts = excluded.attempts, detail = excluded.detail,
                 unconfirmed_at = excluded.unconfirmed_at
             RETURNING seq",
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
                    message.topic,
                    message.channel,
                    message.point,
                    message.fingerprint.0,
                    millis(rules::counts_at(message)),
                    millis(message.sent_at),
                    message.attempts,
                    message.detail,
                    millis(message.cause_at),
                    millis(message.unconfirmed_at),
                    message.decided_at.as_millisecond(),
                ],
            )?;
        let due_at = due_at.filter(|_| !message.state.is_final());
        match due_at {
            Some(due_at) => self.execute(
                "INSERT INTO outbox (message, due_at) VALUES (?, ?)
                 ON CONFLICT (message) DO UPDATE SET due_at = excluded.due_at",
                params![key, due_at.as_millisecond()],
            )?,
            None => self.execute("DELETE FROM outbox WHERE message = ?", params![key])?,
        };
        Ok(due_at.is_some())
    }

    /// A message is due since its lease began.
    pub(super) fn release_leases(&mut self) -> Result<()> {
        let released = self.execute(
            "UPDATE outbox SET due_at = m.counts_at FROM message m
             WHERE m.seq = outbox.message AND m.state = 'sending' AND m.counts_at < outbox.due_at",
            params![],
        )?;
        self.committed.outgoing += released;
        Ok(())
    }

    pub(super) fn cancel_messages(
        &mut self,
        customer: CustomerId,
        keep: &[Purpose],
        why: &str,
    ) -> Result<()> {
        let key = self.customer_key(customer)?;
        let keep: Vec<String> = keep.iter().map(word).collect::<Result<_>>()?;
        let keep = json(&keep)?;
        self.execute(
            sql![
                "DELETE FROM outbox WHERE message IN (SELECT seq FROM message
                     WHERE customer = ?1 AND state = 'queued' AND purpose NOT IN ",
                C::DIALECT.list(2),
                ")"
            ],
            params![key, keep],
        )?;
        self.execute(
            sql![
                "UPDATE message SET state = 'cancelled', counts_at = NULL, detail = ?3
                 WHERE customer = ?1 AND state = 'queued' AND purpose NOT IN ",
                C::DIALECT.list(2)
            ],
            params![key, keep, why],
        )?;
        self.execute(
            sql![
                "UPDATE message SET cancel_why = ?3
                 WHERE customer = ?1 AND state = 'sending' AND cancel_why IS NULL
                 AND purpose NOT IN ",
                C::DIALECT.list(2)
            ],
            params![key, keep, why],
        )?;
        Ok(())
    }

    pub(super) fn append_consent(&mut self, consent: &Consent) -> Result<()> {
        let customer = self.customer_key(consent.customer)?;
        self.execute(
            "INSERT INTO consent (customer, kind, purpose, state, at, source, note)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            params![
                customer,
                word(&consent.kind)?,
                word(&consent.purpose)?,
                word(&consent.state)?,
                consent.at.as_millisecond(),
                consent.source,
                consent.note,
            ],
        )?;
        Ok(())
    }

    pub(super) fn cancel_messages_to(&mut self, hash: &[u8; 32], why: &str) -> Result<()> {
        let holders = query::all(
            self.sql,
            "SELECT DISTINCT c.key, c.id FROM contact_point p JOIN customer c ON c.key = p.customer
             WHERE p.hash = ?",
            params![hash],
            |columns| Ok(CustomerId(columns.uuid()?)),
        )?;
        for holder in holders {
            self.cancel_messages(holder, &[], why)?;
        }
        Ok(())
    }

    pub(super) fn cancel_messages_of(
        &mut self,
        installation: &InstallationId,
        why: &str,
    ) -> Result<()> {
        let installation = self.installation_key(installation)?;
        self.execute(
            "DELETE FROM outbox WHERE message IN (
                 SELECT seq FROM message WHERE installation = ? AND state = 'queued')",
            params![installation],
        )?;
        self.touch_recipients(installation)?;
        self.execute(
            "UPDATE message SET state = 'cancelled', counts_at = NULL, detail = ?2
             WHERE installation = ?1 AND state = 'queued'",
            params![installation, why],
        )?;
        self.execute(
            "UPDATE message SET cancel_why = ?2
             WHERE installation = ?1 AND state = 'sending' AND cancel_why IS NULL",
            params![installation, why],
        )?;
        Ok(())
    }

    /// The first suppression of a point stays.
    pub(super) fn suppress(&mut self, suppression: &Suppression) -> Result<()> {
        self.execute(
            "INSERT INTO suppression (hash, kind, reason, at, source) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (hash) DO NOTHING",
            params![
                suppression.hash,
                word(&suppression.kind)?,
                word(&suppression.reason)?,
                suppression.at.as_millisecond(),
                suppression.source,
            ],
        )?;
        Ok(())
    }

    pub(super) fn unsuppress(&mut self, hash: &[u8; 32]) -> Result<()> {
        self.execute("DELETE FROM suppression WHERE hash = ?", params![hash])?;
        Ok(())
    }

    pub(super) fn put_preferences(
        &mut self,
        customer: CustomerId,
        preferences: &Preferences,
    ) -> Result<()> {
        let customer = self.customer_key(customer)?;
        let channels = preferences.channels.as_ref().map(json).transpose()?;
        self.execute(
            "INSERT INTO preference (customer, paused_until, channels) VALUES (?, ?, ?)
             ON CONFLICT (customer) DO UPDATE SET paused_until = excluded.paused_until,
                 channels = excluded.channels",
            params![customer, millis(preferences.paused_until), channels],
        )?;
        Ok(())
    }

    pub(super) fn mark_bounced(&mut self, hash: &[u8; 32], at: Timestamp) -> Result<()> {
        self.execute(
            "UPDATE contact_point SET bounced_at = ?2 WHERE hash = ?1",
            params![hash, at.as_millisecond()],
        )?;
        Ok(())
    }

    pub(super) fn put_secret(&mut self, name: &str, value: &[u8]) -> Result<()> {
        self.execute(
            "INSERT INTO secret (name, value) VALUES (?, ?)",
            params![name, value],
        )?;
        Ok(())
    }
}
