use crate::sql::codec::{Columns, signed};
use crate::sql::query::{self, Filter};
use crate::sql::{Result, SqlConnection, params, sql};
use crate::{PageRequest, RunQuery};
use regulars_model::*;

const COLUMNS: &str = "SELECT r.seq, r.id, p.id, r.digest, r.event, r.kind, r.action, c.id,
    r.started_at, r.attempt, r.failure, r.detail, r.fuel, r.micros, r.peak_memory, r.logs,
    r.proposals";

const JOINS: &str = "JOIN installation p ON p.key = r.installation
    LEFT JOIN customer c ON c.key = r.customer";

fn decode<C: SqlConnection>(columns: &mut Columns<'_, '_, C>) -> Result<Run> {
    let id = RunId(columns.uuid()?);
    let installation = columns.installation()?;
    let digest = Digest(columns.get()?);
    let event = columns.uuid_opt()?.map(EventId);
    let (kind, action) = (columns.get()?, columns.get()?);
    let trigger = match (event, kind, action) {
        (Some(event), Some(kind), None) => Trigger::Event { event, kind },
        (None, None, Some(action)) => Trigger::Action { action },
        _ => return Err(columns.corrupt("a run has either an event or an action")),
    };
    let customer = columns.uuid_opt()?.map(CustomerId);
    let started_at = columns.time()?;
    let attempt = columns.get()?;
    let outcome = match columns.word_opt()? {
        None => {
            columns.skip(1);
            RunOutcome::Completed
        }
        Some(failure) => RunOutcome::Failed {
            failure,
            detail: columns.get()?,
        },
    };
    Ok(Run {
        id,
        installation,
        digest,
        trigger,
        customer,
        started_at,
        attempt,
        outcome,
        fuel: columns.unsigned()?,
        micros: columns.unsigned()?,
        peak_memory: columns.unsigned()?,
        logs: columns.json()?,
        proposals: columns.json()?,
    })
}

pub(crate) fn run<C: SqlConnection>(sql: &C, id: RunId) -> Result<Option<Run>> {
    let select = sql![COLUMNS, " FROM run r ", JOINS, " WHERE r.id = ?"];
    query::one(sql, select, params![id.0.as_bytes()], decode)
}

pub(crate) fn runs<C: SqlConnection>(
    sql: &C,
    wanted: &RunQuery,
    page: PageRequest,
) -> Result<Page<Run>> {
    let mut filter = Filter::new();
    // The index of the narrowest condition is named: the planner cannot know it.
    let index = match wanted {
        RunQuery { event: Some(_), .. } => C::DIALECT.by_index("INDEXED BY run_event"),
        RunQuery {
            customer: Some(_), ..
        } => C::DIALECT.by_index("INDEXED BY run_customer"),
        RunQuery {
            failed_only: true, ..
        } => C::DIALECT.by_index("INDEXED BY run_failed"),
        RunQuery {
            installation: Some(_),
            ..
        } => C::DIALECT.by_index("INDEXED BY run_installation"),
        _ => "",
    };
    if let Some(event) = wanted.event {
        filter.and_with("r.event = ?", event.0.as_bytes());
    }
    if let Some(customer) = wanted.customer {
        filter.and_with(
            "r.customer = (SELECT key FROM customer WHERE id = ?)",
            customer.0.as_bytes(),
        );
    }
    if let Some(installation) = &wanted.installation {
        filter.and_with(
            "r.installation = (SELECT key FROM installation WHERE id = ?)",
            installation.to_string(),
        );
    }
    if wanted.failed_only {
        filter.and("r.failure IS NOT NULL");
    }
    let select = format!("{COLUMNS} FROM run r {index} {JOINS}");
    let order = ("r.seq < ?", "r.seq DESC");
    query::newest_first(sql, &select, filter, order, page, decode)
}

pub(crate) fn action_runs<C: SqlConnection>(
    sql: &C,
    customer: CustomerId,
    before: u64,
    limit: u32,
) -> Result<Vec<(u64, Run)>> {
    let select = sql![
        COLUMNS,
        " FROM run r",
        C::DIALECT.by_index(" INDEXED BY run_customer "),
        JOINS,
        "
         WHERE r.customer = (SELECT key FROM customer WHERE id = ?) AND r.action IS NOT NULL
             AND r.seq < ? ORDER BY r.seq DESC LIMIT ?"
    ];
    let runs = query::keyed(
        sql,
        select,
        params![customer.0.as_bytes(), signed(before), limit],
        decode,
    )?;
    Ok(runs
        .into_iter()
        .map(|(seq, run)| (seq as u64, run))
        .collect())
}
