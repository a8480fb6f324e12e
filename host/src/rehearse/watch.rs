use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How far a rehearsal is, for another thread to see, and a way to end it.
#[derive(Debug, Default)]
pub struct Watch {
    done: AtomicU64,
    total: AtomicU64,
    stopped: AtomicBool,
}

/// How far a rehearsal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Interactions, and days on which a schedule names somebody or does not, that were gone through.
    pub done: u64,
    /// All of them; 0 as long as they are not counted.
    pub total: u64,
}

impl Watch {
    pub fn new() -> Watch {
        Watch::default()
    }

    pub fn progress(&self) -> Progress {
        Progress {
            done: self.done.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
        }
    }

    /// Ends the rehearsal as soon as may be: its report tells what was found so far.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    pub(super) fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    pub(super) fn begin(&self, total: u64) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    pub(super) fn add(&self, more: u64) {
        self.done.fetch_add(more, Ordering::Relaxed);
    }
}
