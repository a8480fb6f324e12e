use crate::sql::codec::Columns;
use crate::sql::{Result, SqlConnection};
use regulars_model::*;

pub(super) const SELECT: &str = "SELECT m.seq, m.id, c.id, p.id, m.run, m.purpose, m.subject, m.body,
    m.channels, m.value, m.because, m.created_at, m.not_before, m.expires_at, m.dedupe_key, m.state,
    m.decision, m.topic, m.channel, m.point, m.fingerprint, m.sent_at, m.attempts, m.detail, m.cause_at,
    m.unconfirmed_at, m.decided_at, m.cancel_why,
    (SELECT o.due_at FROM outbox o WHERE o.message = m.seq)
    FROM message m JOIN customer c ON c.key = m.customer
    JOIN installation p ON p.key = m.installation";

pub(super) fn decode<C: SqlConnection>(columns: &mut Columns<'_, '_, C>) -> Result<Message> {
    Ok(Message {
        id: MessageId(columns.uuid()?),
        customer: CustomerId(columns.uuid()?),
        plugin: columns.installation()?,
        run: RunId(columns.uuid()?),
        purpose: columns.word()?,
        subject: columns.get()?,
        body: columns.get()?,
        channels: columns.json()?,
        value: columns.get()?,
        because: columns.json()?,
        created_at: columns.time()?,
        not_before: columns.time_opt()?,
        expires_at: columns.time_opt()?,
        dedupe_key: columns.get()?,
        state: columns.word()?,
        decision: columns.json()?,
        topic: columns.get()?,
        channel: columns.get()?,
        point: columns.get()?,
        // Erased messages have none.
        fingerprint: Fingerprint(columns.get::<Option<[u8; 16]>>()?.unwrap_or_default()),
        sent_at: columns.time_opt()?,
        attempts: columns.get()?,
        detail: columns.get()?,
        cause_at: columns.time_opt()?,
        unconfirmed_at: columns.time_opt()?,
        decided_at: columns.time()?,
        cancel: columns.get()?,
        due_at: columns.time_opt()?,
    })
}
