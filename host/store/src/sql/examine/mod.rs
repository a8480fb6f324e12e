//! Examines a database without writing to it: the invariants between its rows.

mod invariants;

use super::read;
use super::{Fault, Result, SqlConnection, params, query};
use crate::StoreError;
use regulars_model::*;

/// One check of an examination.
pub(crate) struct Check<C> {
    pub(crate) name: &'static str,
    pub(crate) look: Look<C>,
}

type Look<C> = Box<dyn Fn(&C, &'static str) -> Result<Vec<Finding>>>;

impl<C> Check<C> {
    pub(crate) fn new(
        name: &'static str,
        look: impl Fn(&C, &'static str) -> Result<Vec<Finding>> + 'static,
    ) -> Check<C> {
        Check {
            name,
            look: Box::new(look),
        }
    }

    /// Returns the findings, or one that says why there are none.
    pub(crate) fn run(&self, sql: &C) -> Vec<Finding> {
        let found = (self.look)(sql, self.name);
        found.unwrap_or_else(|fault| vec![unreadable(self.name, fault)])
    }
}

/// An invariant between rows.
struct Rule {
    name: &'static str,
    /// A SELECT that counts the rows that break it.
    breaches: &'static str,
    holds: &'static str,
    /// With `{}` for the count.
    broken: &'static str,
    advice: &'static str,
}

impl Rule {
    fn judge<C: SqlConnection>(&self, sql: &C) -> Result<Vec<Finding>> {
        let breaches = query::count(sql, self.breaches, params![])?;
        Ok(vec![match breaches {
            0 => Finding::ok(self.name, self.holds),
            _ => Finding::error(
                self.name,
                self.broken.replace("{}", &breaches.to_string()),
                self.advice,
            ),
        }])
    }
}

pub(crate) const RESTORE: &str = "stop the server, keep a copy of the file, and restore a backup: \
     regulars restore FILE";

/// Checks that read every row.
pub(crate) fn checks<C: SqlConnection + 'static>() -> Vec<Check<C>> {
    let log = Check::new("event log", events);
    let rules = invariants::rules::<C>().into_iter();
    let rules = rules.map(|rule| Check::new(rule.name, move |sql: &C, _| rule.judge(sql)));
    [log].into_iter().chain(rules).collect()
}

/// Reads every event as dispatch would.
fn events<C: SqlConnection>(sql: &C, check: &'static str) -> Result<Vec<Finding>> {
    let (mut after, mut events) = (0, 0_u64);
    loop {
        let page = read::log::events(sql, after, 1000)?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        events += page.len() as u64;
    }
    let found = format!("All {events} events can be read.");
    Ok(vec![Finding::ok(check, found)])
}

fn unreadable(check: &str, fault: Fault) -> Finding {
    match StoreError::from(fault) {
        StoreError::Corrupt(problem) => Finding::error(
            check,
            format!(
                "It cannot be read: {}.",
                regulars_model::text::line(&problem, 300)
            ),
            RESTORE,
        ),
        error => Finding::error(
            check,
            format!("It could not be examined: {error}."),
            "run it again when that is fixed",
        ),
    }
}

/// The rows of one plugin in the dead letter, and those that wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub plugin: String,
    pub waiting: u64,
    pub dead: u64,
}

/// Returns the time of the latest of the newest thousand events.
pub(crate) fn latest_event_at<C: SqlConnection>(sql: &C) -> Result<Option<Timestamp>> {
    let latest = query::value::<_, Option<i64>>(
        sql,
        "SELECT max(time) FROM (SELECT time FROM event ORDER BY seq DESC LIMIT 1000) newest",
        params![],
    )?;
    Ok(latest
        .flatten()
        .and_then(|millis| Timestamp::from_millisecond(millis).ok()))
}

/// Counts the events that wait for any plugin.
pub(crate) fn pending<C: SqlConnection>(sql: &C) -> Result<u64> {
    query::count(sql, "SELECT count(*) FROM pending", params![])
}

/// By plugin.
pub(crate) fn deferred<C: SqlConnection>(sql: &C) -> Result<Vec<Waiting>> {
    query::all(
        sql,
        "SELECT 0, i.id, count(*) FILTER (WHERE p.dead = 0), count(*) FILTER (WHERE p.dead = 1)
         FROM deferred_event p
         JOIN installation i ON i.key = p.installation GROUP BY i.id ORDER BY i.id",
        params![],
        |columns| {
            Ok(Waiting {
                plugin: columns.get()?,
                waiting: columns.unsigned()?,
                dead: columns.unsigned()?,
            })
        },
    )
}
