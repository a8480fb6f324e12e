use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::report::Order;

/// The progress of a rehearsal, shared with other threads, and a way to end it.
#[derive(Default)]
pub struct Progress {
    done: AtomicU64,
    total: AtomicU64,
    by_time: AtomicBool,
    stopped: AtomicBool,
    each: Option<Box<Each>>,
}

type Each = dyn Fn(ProgressSnapshot) -> ControlFlow<()> + Send + Sync;

/// The progress at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgressSnapshot {
    /// The work done: interactions, and days of schedules. With a comparison, each counts once per version; in order
    /// of time, interactions count once more when they are read.
    pub done: u64,
    /// The total work; 0 until it is counted. It is corrected when customers' time zones are known.
    pub total: u64,
    /// `ByTime` after a second start.
    pub order: Order,
}

impl Progress {
    pub fn new() -> Progress {
        Progress::default()
    }

    /// Calls `each` after every step, on any thread. `Break` ends the rehearsal as [`Progress::stop`] does.
    pub fn telling(
        each: impl Fn(ProgressSnapshot) -> ControlFlow<()> + Send + Sync + 'static,
    ) -> Progress {
        Progress {
            each: Some(Box::new(each)),
            ..Progress::default()
        }
    }

    pub fn snapshot(&self) -> ProgressSnapshot {
        ProgressSnapshot {
            done: self.done.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
            order: match self.by_time.load(Ordering::Relaxed) {
                false => Order::ByPerson,
                true => Order::ByTime,
            },
        }
    }

    /// Ends the rehearsal soon. Its report has the results so far.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    pub(super) fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    pub(super) fn begin(&self, total: u64, order: Order) {
        self.by_time
            .store(order == Order::ByTime, Ordering::Relaxed);
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    /// Corrects the total work.
    pub(super) fn correct(&self, supposed: u64, known: u64) {
        self.total.fetch_add(known, Ordering::Relaxed);
        self.total.fetch_sub(supposed, Ordering::Relaxed);
    }

    pub(super) fn add(&self, more: u64) {
        if more == 0 {
            return;
        }
        self.done.fetch_add(more, Ordering::Relaxed);
        if let Some(each) = &self.each
            && each(self.snapshot()).is_break()
        {
            self.stop();
        }
    }
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut watch = f.debug_struct("Progress");
        watch.field("progress", &self.snapshot());
        watch.field("stopped", &self.stopped());
        watch.finish_non_exhaustive()
    }
}
