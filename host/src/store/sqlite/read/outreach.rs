use rusqlite::Connection;

use super::query::{self, Filter};
use crate::model::*;
use crate::store::PageRequest;
use crate::store::sqlite::codec::Columns;
use crate::store::sqlite::fault::Result;

const SELECT: &str = "SELECT m.seq, m.id, c.id, p.id, m.run, m.purpose, m.subject, m.body,
    m.channels, m.value, m.because, m.created_at, m.not_before, m.expires_at, m.dedupe_key, m.state,
    m.decision
    FROM message m JOIN customer c ON c.key = m.customer
    JOIN installation p ON p.key = m.installation";

fn decode(columns: &mut Columns<'_, '_>) -> Result<Message> {
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
    })
}

pub(in crate::store::sqlite) fn messages(
    sql: &Connection,
    customer: Option<CustomerId>,
    page: PageRequest,
) -> Result<Page<Message>> {
    let mut filter = Filter::new();
    if let Some(customer) = customer {
        filter.and_with(
            "m.customer = (SELECT key FROM customer WHERE id = ?)",
            customer.0.as_bytes().to_vec(),
        );
    }
    let order = ("m.seq < ?", "m.seq DESC");
    query::newest_first(sql, SELECT, filter, order, page, decode)
}
