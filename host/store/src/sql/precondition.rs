//! The preconditions of a changeset.

use super::codec::{signed, whole_millis, word};
use super::query::{self, exists};
use super::read::schedule::{SCHEDULE, schedule};
use super::{Fault, Param, Result, SqlConnection, params, sql};
use crate::{Precondition, ScheduleState, StoreError};
use regulars_model::{CustomerId, InstallationId};

/// Returns the first precondition that does not hold as the conflict.
pub(super) fn check<C: SqlConnection>(sql: &C, preconditions: &[Precondition]) -> Result<()> {
    for expect in preconditions {
        if !holds(sql, expect)? {
            return Err(Fault::Store(StoreError::Conflict(expect.clone())));
        }
    }
    Ok(())
}

fn holds<C: SqlConnection>(sql: &C, expect: &Precondition) -> Result<bool> {
    match expect {
        Precondition::CustomerAbsent(id) => Ok(!exists(
            sql,
            "SELECT 1 FROM customer WHERE id = ?",
            params![id.0.as_bytes()],
        )?),
        Precondition::Customer { customer, version } => exists(
            sql,
            "SELECT 1 FROM customer WHERE id = ? AND version = ?",
            params![customer.0.as_bytes(), signed(*version)],
        ),
        Precondition::InteractionAbsent(id) => Ok(!exists(
            sql,
            "SELECT 1 FROM interaction WHERE id = ?",
            params![id.0.as_bytes()],
        )?),
        Precondition::IdempotencyKeyAbsent(name) => Ok(!exists(
            sql,
            "SELECT 1 FROM idempotency_record WHERE name = ?",
            params![name.as_bytes()],
        )?),
        Precondition::Pending(id) => exists(
            sql,
            "SELECT 1 FROM event e JOIN pending p ON p.event = e.seq WHERE e.id = ?",
            params![id.0.as_bytes()],
        ),
        Precondition::RetryEntry {
            event,
            installation,
            attempts,
        } => exists(
            sql,
            "SELECT 1 FROM deferred_event k JOIN event e ON e.seq = k.event
             JOIN installation p ON p.key = k.installation
             WHERE e.id = ? AND p.id = ? AND k.attempts = ?",
            params![event.0.as_bytes(), installation.as_str(), attempts],
        ),
        Precondition::Dead {
            event,
            installation,
        } => exists(
            sql,
            "SELECT 1 FROM deferred_event k JOIN event e ON e.seq = k.event
             JOIN installation p ON p.key = k.installation
             WHERE e.id = ? AND p.id = ? AND k.dead = 1",
            params![event.0.as_bytes(), installation.as_str()],
        ),
        Precondition::Memory {
            installation,
            customer,
            version,
        } => Ok(memory_version(sql, installation, *customer)? == signed(*version)),
        Precondition::Installation { id, version } => {
            let found = number(
                sql,
                "SELECT version FROM installation WHERE id = ?",
                params![id.as_str()],
            )?;
            Ok(found.unwrap_or(0) == signed(*version))
        }
        Precondition::Memories {
            installation,
            versions,
        } => {
            let found = number(
                sql,
                "SELECT CAST(coalesce(sum(s.version), 0) AS bigint) FROM memory_scope s
                 JOIN installation p ON p.key = s.installation WHERE p.id = ?",
                params![installation.as_str()],
            )?;
            Ok(found.unwrap_or(0) == signed(*versions))
        }
        Precondition::Contact { customer, version } => {
            let found = number(
                sql,
                "SELECT v.version FROM contact_version v JOIN customer c ON c.key = v.customer
                 WHERE c.id = ?",
                params![customer.0.as_bytes()],
            )?;
            Ok(found.unwrap_or(0) == signed(*version))
        }
        Precondition::Message {
            message,
            state,
            attempts,
            cancel,
        } => exists(
            sql,
            "SELECT 1 FROM message WHERE id = ? AND state = ? AND attempts = ?
             AND CASE WHEN cancel_why IS NULL THEN 0 ELSE 1 END = ?",
            params![message.0.as_bytes(), word(state)?, attempts, cancel],
        ),
        Precondition::SecretAbsent(name) => Ok(!exists(
            sql,
            "SELECT 1 FROM secret WHERE name = ?",
            params![name],
        )?),
        Precondition::ComplaintOpen(id) => exists(
            sql,
            "SELECT 1 FROM complaint k JOIN interaction i ON i.seq = k.interaction
             WHERE i.id = ? AND k.closed_at IS NULL",
            params![id.0.as_bytes()],
        ),
        Precondition::CardOpen(id) => exists(
            sql,
            "SELECT 1 FROM card WHERE id = ? AND state = 'open'",
            params![id.0.as_bytes()],
        ),
        Precondition::QuestionOpen(id) => exists(
            sql,
            "SELECT 1 FROM question WHERE id = ? AND state = 'open'",
            params![id.0.as_bytes()],
        ),
        Precondition::TaskOpen(id) => exists(
            sql,
            "SELECT 1 FROM task WHERE id = ? AND state = 'open'",
            params![id.0.as_bytes()],
        ),
        Precondition::Schedule {
            installation,
            schedule: name,
            time_zone,
            state,
        } => {
            let found = query::one(
                sql,
                sql![
                    SCHEDULE,
                    " WHERE p.id = ? AND s.schedule = ? AND s.time_zone IS NOT DISTINCT FROM ?"
                ],
                params![installation.as_str(), name, time_zone],
                schedule,
            )?;
            let wanted = state.as_ref().map(|state| ScheduleState {
                due_at: whole_millis(state.due_at),
                ..ScheduleState::clone(state)
            });
            Ok(found == wanted)
        }
        Precondition::TimerSet {
            installation,
            customer,
            key,
            at,
        } => exists(
            sql,
            "SELECT 1 FROM timer t JOIN installation p ON p.key = t.installation
             JOIN customer c ON c.key = t.customer
             WHERE p.id = ? AND c.id = ? AND t.key = ? AND t.at = ?",
            params![
                installation.as_str(),
                customer.0.as_bytes(),
                key,
                at.as_millisecond()
            ],
        ),
    }
}

fn memory_version<C: SqlConnection>(
    sql: &C,
    installation: &InstallationId,
    customer: Option<CustomerId>,
) -> Result<i64> {
    let version = match customer {
        Some(customer) => number(
            sql,
            "SELECT s.version FROM memory_scope s JOIN installation p ON p.key = s.installation
             JOIN customer c ON c.key = s.customer WHERE p.id = ? AND c.id = ?",
            params![installation.as_str(), customer.0.as_bytes()],
        )?,
        None => number(
            sql,
            "SELECT s.version FROM memory_scope s JOIN installation p ON p.key = s.installation
             WHERE p.id = ? AND s.customer = 0",
            params![installation.as_str()],
        )?,
    };
    Ok(version.unwrap_or(0))
}

fn number<C: SqlConnection>(sql: &C, select: &str, params: &[Param<'_>]) -> Result<Option<i64>> {
    query::value(sql, select, params)
}
