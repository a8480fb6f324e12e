use super::Apply;
use crate::IdempotencyRecord;
use crate::rules::IDEMPOTENCY_DAYS;
use crate::sql::codec::json;
use crate::sql::{Result, SqlConnection, params};

/// In milliseconds.
const KEPT: i64 = IDEMPOTENCY_DAYS * 24 * 3_600_000;

impl<C: SqlConnection> Apply<'_, C> {
    pub(super) fn put_idempotency_record(&mut self, record: &IdempotencyRecord) -> Result<()> {
        let customer = match record.customer {
            Some(customer) => Some(self.customer_key(customer)?),
            None => None,
        };
        let at = record.at.as_millisecond();
        self.execute(
            "DELETE FROM idempotency_record WHERE at < ?",
            params![at - KEPT],
        )?;
        self.execute(
            "INSERT INTO idempotency_record (name, asked, customer, run, output, at) VALUES (?, ?, ?, ?, ?, ?)",
            params![
                record.name.as_bytes(),
                record.asked,
                customer,
                record.reply.run.0.as_bytes(),
                json(&record.reply.output)?,
                at,
            ],
        )?;
        Ok(())
    }
}
