//! The one thread that writes. It takes the waiting changesets, up to a batch, and commits them together.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};

use super::apply::{self, Cache};
use super::{Cached, Fault, Result, SqlBackend, SqlConnection, params, precondition};
use crate::{Changeset, Committed, Completion, StoreError};

/// The most changesets in one commit.
const BATCH: usize = 256;

/// A changeset and its completion.
pub(crate) struct Job {
    pub(crate) changeset: Changeset,
    pub(crate) done: Completion,
}

type Outcome = std::result::Result<Committed, StoreError>;

pub(crate) struct Writer<B> {
    backend: Arc<B>,
    cache: Cache,
}

impl<B: SqlBackend> Writer<B> {
    pub(crate) fn new(backend: Arc<B>) -> Writer<B> {
        Writer {
            backend,
            cache: Cache::default(),
        }
    }

    /// Writes until every sender is gone and the queue is empty.
    pub(crate) fn run(mut self, jobs: &Receiver<Job>) {
        while let Some(first) = self.next(jobs) {
            let (mut changesets, mut waiting) = (vec![first.changeset], vec![first.done]);
            for job in jobs.try_iter().take(BATCH - 1) {
                changesets.push(job.changeset);
                waiting.push(job.done);
            }
            let outcomes = self.write(changesets);
            for (done, outcome) in waiting.into_iter().zip(outcomes) {
                if catch_unwind(AssertUnwindSafe(|| done(outcome))).is_err() {
                    tracing::error!("the completion of a changeset panicked");
                }
            }
        }
        self.backend.finish();
    }

    /// Waits for the next job, and does the upkeep that falls due meanwhile.
    fn next(&self, jobs: &Receiver<Job>) -> Option<Job> {
        loop {
            let Some(pause) = self.backend.upkeep() else {
                return jobs.recv().ok();
            };
            match jobs.recv_timeout(pause) {
                Ok(job) => return Some(job),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    /// Returns one outcome for each changeset, in order.
    pub(crate) fn write(&mut self, changesets: Vec<Changeset>) -> Vec<Outcome> {
        let count = changesets.len();
        let error = match catch_unwind(AssertUnwindSafe(|| self.batch(changesets))) {
            Ok(Ok(mut outcomes)) => {
                self.purge(&mut outcomes);
                return outcomes;
            }
            Ok(Err(fault)) => StoreError::from(fault),
            Err(_) => StoreError::Backend("the writer panicked".into()),
        };
        // Refusals are void, too: they may rest on a change that was rolled back.
        self.cache.clear();
        vec![Err(error); count]
    }

    fn batch(&mut self, changesets: Vec<Changeset>) -> Result<Vec<Outcome>> {
        let Writer { backend, cache } = self;
        let backend = &**backend;
        let alone = changesets.len() == 1;
        let mut outcomes = Vec::with_capacity(changesets.len());
        backend.write_batch(|sql, cached| {
            if cached == Cached::Stale {
                cache.clear();
            }
            for changeset in changesets {
                outcomes.push(one(backend, sql, cache, changeset, alone)?);
            }
            Ok(outcomes.iter().any(Outcome::is_ok))
        })?;
        let group = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        for committed in outcomes.iter_mut().flatten() {
            committed.group = group;
        }
        Ok(outcomes)
    }

    fn purge(&self, outcomes: &mut [Outcome]) {
        let committed = outcomes.iter_mut().flatten();
        let mut erased: Vec<_> = committed.filter_map(|it| it.erased.as_mut()).collect();
        if erased.is_empty() {
            return;
        }
        let purged = self.backend.purge();
        for erased in &mut erased {
            erased.journal_cleared = purged;
        }
    }
}

/// Writes one changeset. A changeset that is alone in its transaction needs no savepoint.
///
/// # Errors
/// If the whole transaction is lost. A failure of this changeset alone is its outcome.
fn one<B: SqlBackend>(
    backend: &B,
    sql: &B::Connection,
    cache: &mut Cache,
    changeset: Changeset,
    alone: bool,
) -> Result<Outcome> {
    backend.lock(sql, &changeset)?;
    if let Err(fault) = precondition::check(sql, &changeset.preconditions) {
        return outcome(sql, fault);
    }
    if !alone {
        sql.execute("SAVEPOINT changeset", params![])?;
    }
    match apply::apply(sql, cache, changeset.changes) {
        Ok(committed) => {
            if !alone {
                sql.execute("RELEASE SAVEPOINT changeset", params![])?;
            }
            Ok(Ok(committed))
        }
        Err(fault) => {
            let outcome = outcome(sql, fault)?;
            cache.roll_back();
            if !alone {
                sql.execute("ROLLBACK TO SAVEPOINT changeset", params![])?;
                sql.execute("RELEASE SAVEPOINT changeset", params![])?;
            }
            Ok(outcome)
        }
    }
}

/// Tells a failure of one changeset from the end of the transaction, which a full disk brings about, for example.
fn outcome<C: SqlConnection>(sql: &C, fault: Fault) -> Result<Outcome> {
    match fault {
        Fault::Store(error) if sql.in_transaction() => Ok(Err(error)),
        fault => Err(fault),
    }
}
