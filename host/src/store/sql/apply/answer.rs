use super::Apply;
use crate::store::Answer;
use crate::store::sql::codec::json;
use crate::store::sql::{Result, SqlConnection, params};

/// How long an answer is kept, in milliseconds: seven days.
const KEPT: i64 = 7 * 24 * 3_600_000;

impl<C: SqlConnection> Apply<'_, C> {
    pub(super) fn keep_answer(&mut self, answer: &Answer) -> Result<()> {
        let customer = match answer.customer {
            Some(customer) => Some(self.customer_key(customer)?),
            None => None,
        };
        let at = answer.at.as_millisecond();
        self.execute(
            "DELETE FROM idempotency_record WHERE at < ?",
            params![at - KEPT],
        )?;
        self.execute(
            "INSERT INTO idempotency_record (name, asked, customer, run, output, at) VALUES (?, ?, ?, ?, ?, ?)",
            params![
                answer.name.as_bytes(),
                answer.asked,
                customer,
                answer.reply.run.0.as_bytes(),
                json(&answer.reply.output)?,
                at,
            ],
        )?;
        Ok(())
    }
}
