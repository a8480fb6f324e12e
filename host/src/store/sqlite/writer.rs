//! The one thread that writes. It takes whatever waits, up to a batch, and commits it at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Receiver;

use rusqlite::Connection;

use super::apply::{self, Cache};
use super::expect;
use super::fault::Result;
use crate::store::{Changeset, Committed, Completion, StoreError};

/// Changesets in one commit, at most.
const BATCH: usize = 256;

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
}

impl Writer {
    pub(super) fn new(sql: Connection) -> Writer {
        Writer {
            sql,
            cache: Cache::default(),
            damaged: None,
        }
    }

    /// Until every sender is gone and the queue is empty.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        while let Ok(first) = jobs.recv() {
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
        if let Err(error) = self.sql.execute_batch("PRAGMA optimize") {
            tracing::debug!(%error, "the database was not optimised before it was closed");
        }
    }

    /// One outcome for each changeset, in order.
    pub(super) fn write(&mut self, changesets: Vec<Changeset>) -> Vec<Outcome> {
        let count = changesets.len();
        if let Some(damage) = &self.damaged {
            return vec![Err(damage.clone()); count];
        }
        let error = match catch_unwind(AssertUnwindSafe(|| self.transaction(changesets))) {
            Ok(Ok(outcomes)) => return outcomes,
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

    fn control(&self, statement: &str) -> Result<()> {
        self.sql.prepare_cached(statement)?.execute([])?;
        Ok(())
    }
}
