//! The one thread that writes. It takes whatever waits, up to a batch, and commits it at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use rusqlite::Connection;

use super::apply::{self, Cache};
use super::fault::Result;
use super::{connection, expect};
use crate::clock::Stopwatch;
use crate::store::{Changeset, Committed, Completion, StoreError};

/// Changesets in one commit, at most.
const BATCH: usize = 256;
/// How long an erasure waits for those who read, before the journal is cleared behind its back.
const SCRUB_WAIT: Duration = Duration::from_secs(1);
/// How long after that it is tried again.
const SCRUB_AGAIN: Duration = Duration::from_secs(1);

/// A changeset, and whom to tell.
pub(super) struct Job {
    pub(super) changeset: Changeset,
    pub(super) done: Completion,
}

type Outcome = std::result::Result<Committed, StoreError>;

pub(super) struct Writer {
    sql: Connection,
    cache: Cache,
    /// What was wrong with the file, once it was found damaged: writing on would damage more of it.
    damaged: Option<StoreError>,
    /// Changes when another process wrote to the file.
    version: i64,
    /// The journal may hold what was erased; since it was last tried to clear it.
    unscrubbed: Option<Stopwatch>,
}

impl Writer {
    pub(super) fn new(sql: Connection) -> Writer {
        Writer {
            sql,
            cache: Cache::default(),
            damaged: None,
            // Not that of any file, so that it is looked after what another process left.
            version: -1,
            unscrubbed: None,
        }
    }

    /// Until every sender is gone and the queue is empty.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        self.scrub_after_a_crash();
        while let Some(first) = self.next(jobs) {
            let (mut changesets, mut waiting) = (vec![first.changeset], vec![first.done]);
            for job in jobs.try_iter().take(BATCH - 1) {
                changesets.push(job.changeset);
                waiting.push(job.done);
            }
            let outcomes = self.write(changesets);
            for (done, outcome) in waiting.into_iter().zip(outcomes) {
                if catch_unwind(AssertUnwindSafe(|| done(outcome))).is_err() {
                    tracing::error!("what was to be done after a commit panicked");
                }
            }
        }
        if self.unscrubbed.is_some() {
            self.scrub(SCRUB_WAIT);
        }
        if let Err(error) = self.sql.execute_batch("PRAGMA optimize") {
            tracing::debug!(%error, "the database was not optimised before it was closed");
        }
    }

    /// The next job; while the journal waits to be cleared, that is tried now and then.
    fn next(&mut self, jobs: &Receiver<Job>) -> Option<Job> {
        loop {
            if let Some(tried) = &self.unscrubbed
                && tried.seconds() >= SCRUB_AGAIN.as_secs_f64()
            {
                self.scrub(Duration::ZERO);
            }
            if self.unscrubbed.is_none() {
                return jobs.recv().ok();
            }
            match jobs.recv_timeout(SCRUB_AGAIN) {
                Ok(job) => return Some(job),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    /// One outcome for each changeset, in order.
    pub(super) fn write(&mut self, changesets: Vec<Changeset>) -> Vec<Outcome> {
        let count = changesets.len();
        if let Some(damage) = &self.damaged {
            return vec![Err(damage.clone()); count];
        }
        let error = match catch_unwind(AssertUnwindSafe(|| self.transaction(changesets))) {
            Ok(Ok(mut outcomes)) => {
                self.clear_behind_erasures(&mut outcomes);
                return outcomes;
            }
            Ok(Err(fault)) => {
                let damage = fault.is_damage();
                let error = StoreError::from(fault);
                if damage {
                    tracing::error!(%error, "nothing is written to the database any more");
                    self.damaged = Some(error.clone());
                }
                error
            }
            Err(_) => StoreError::Backend("the writer panicked".into()),
        };
        // Refusals too are void: they may rest on what was rolled back.
        self.cache.clear();
        if !self.sql.is_autocommit()
            && let Err(error) = self.sql.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a failed transaction could not be rolled back");
        }
        vec![Err(error); count]
    }

    fn transaction(&mut self, changesets: Vec<Changeset>) -> Result<Vec<Outcome>> {
        self.control("BEGIN IMMEDIATE")?;
        self.notice_others()?;
        let alone = changesets.len() == 1;
        let mut outcomes = Vec::with_capacity(changesets.len());
        for changeset in changesets {
            outcomes.push(self.one(changeset, alone)?);
        }
        let anything = outcomes.iter().any(Outcome::is_ok);
        self.control(if anything { "COMMIT" } else { "ROLLBACK" })?;
        let group = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        for committed in outcomes.iter_mut().flatten() {
            committed.group = group;
        }
        Ok(outcomes)
    }

    /// Errs where the whole transaction is lost; what is wrong with this changeset alone is its
    /// outcome. One that is alone needs no savepoint: it is the transaction.
    fn one(&mut self, changeset: Changeset, alone: bool) -> Result<Outcome> {
        if let Err(fault) = expect::check(&self.sql, &changeset.expects) {
            if self.sql.is_autocommit() || fault.is_damage() {
                return Err(fault);
            }
            return Ok(Err(fault.into()));
        }
        if !alone {
            self.control("SAVEPOINT changeset")?;
        }
        match apply::apply(&self.sql, &mut self.cache, changeset.changes) {
            Ok(committed) => {
                if !alone {
                    self.control("RELEASE changeset")?;
                }
                Ok(Ok(committed))
            }
            // A full disk and the like end the transaction by themselves.
            Err(fault) if self.sql.is_autocommit() || fault.is_damage() => Err(fault),
            Err(fault) => {
                self.cache.roll_back();
                if !alone {
                    self.control("ROLLBACK TO changeset")?;
                    self.control("RELEASE changeset")?;
                }
                Ok(Err(fault.into()))
            }
        }
    }

    /// What another process committed may be the end of a customer.
    fn notice_others(&mut self) -> Result<()> {
        let mut statement = self.sql.prepare_cached("PRAGMA data_version")?;
        let version = statement.query_row([], |row| row.get(0))?;
        drop(statement);
        if version != self.version {
            self.version = version;
            self.cache.clear();
            // What another process erased may still be in the journal, held up by those who read.
            if self.unscrubbed.is_none() && self.left_unscrubbed() {
                self.unscrubbed = Some(Stopwatch::start());
            }
        }
        Ok(())
    }

    /// What was erased is in the journal's older pages until it is worked off, and cut short.
    fn clear_behind_erasures(&mut self, outcomes: &mut [Outcome]) {
        let committed = outcomes.iter_mut().flatten();
        let mut erased: Vec<_> = committed.filter_map(|it| it.erased.as_mut()).collect();
        if erased.is_empty() {
            return;
        }
        let cleared = self.scrub(SCRUB_WAIT);
        for erased in &mut erased {
            erased.journal_cleared = cleared;
        }
    }

    fn scrub_after_a_crash(&mut self) {
        if self.left_unscrubbed() {
            self.scrub(Duration::ZERO);
        }
    }

    fn left_unscrubbed(&self) -> bool {
        let left = self
            .sql
            .query_row("SELECT EXISTS (SELECT 1 FROM wal_erasure)", [], |row| {
                row.get(0)
            });
        left.unwrap_or(false)
    }

    /// Whether the journal is empty now, or was: those who read hold it up.
    fn scrub(&mut self, wait: Duration) -> bool {
        let cleared = self.work_off(wait).unwrap_or_else(|fault| {
            let error = StoreError::from(fault);
            tracing::warn!(%error, "the journal could not be cleared of what was erased yet");
            false
        });
        self.unscrubbed = (!cleared).then(Stopwatch::start);
        cleared
    }

    fn work_off(&self, wait: Duration) -> Result<bool> {
        self.sql.busy_timeout(wait)?;
        let busy = self
            .sql
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
                row.get::<_, i64>(0)
            });
        self.sql.busy_timeout(connection::BUSY)?;
        let cleared = busy? == 0;
        if cleared {
            self.control("DELETE FROM wal_erasure")?;
        }
        Ok(cleared)
    }

    fn control(&self, statement: &str) -> Result<()> {
        self.sql.prepare_cached(statement)?.execute([])?;
        Ok(())
    }
}
