//! The clock. Everything that depends on time uses it, so that a test can pass through a year of visits.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// The host's only source of time.
pub trait Clock: Send + Sync + 'static {
    /// Returns the present time in whole milliseconds.
    fn now(&self) -> Timestamp;

    /// Returns how long a thread may sleep in real time before it must check [`Clock::now`] again, in order
    /// not to miss `instant`.
    fn until(&self, instant: Timestamp) -> Duration;

    /// Registers a function to call when time jumps.
    fn on_jump(&self, wake: Box<dyn Fn() + Send + Sync>);
}

/// Measures durations for metrics and logs. No decision depends on it.
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    pub fn start() -> Stopwatch {
        Stopwatch(std::time::Instant::now())
    }

    pub fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        truncate(Timestamp::now())
    }

    fn until(&self, instant: Timestamp) -> Duration {
        // A minute at most, because the machine's clock may be set meanwhile.
        let wait = instant.duration_since(Timestamp::now());
        Duration::try_from(wait)
            .unwrap_or(Duration::ZERO)
            .min(Duration::from_secs(60))
    }

    fn on_jump(&self, _wake: Box<dyn Fn() + Send + Sync>) {}
}

/// A clock that stands still until it is set. For tests.
#[derive(Clone)]
pub struct ManualClock {
    inner: Arc<Inner>,
}

struct Inner {
    now: Mutex<Timestamp>,
    wake: Mutex<Vec<Box<dyn Fn() + Send + Sync>>>,
}

impl ManualClock {
    pub fn new(now: Timestamp) -> ManualClock {
        ManualClock {
            inner: Arc::new(Inner {
                now: Mutex::new(truncate(now)),
                wake: Mutex::default(),
            }),
        }
    }

    pub fn set(&self, now: Timestamp) {
        *self
            .inner
            .now
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = truncate(now);
        for wake in self
            .inner
            .wake
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
        {
            wake();
        }
    }

    pub fn advance(&self, by: SignedDuration) {
        self.set(self.now() + by);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self
            .inner
            .now
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn until(&self, _instant: Timestamp) -> Duration {
        // Time does not pass by itself: `set` wakes the sleeping threads.
        Duration::from_secs(3600)
    }

    fn on_jump(&self, wake: Box<dyn Fn() + Send + Sync>) {
        self.inner
            .wake
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(wake);
    }
}

fn truncate(instant: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(instant.as_millisecond()).unwrap_or(instant)
}
