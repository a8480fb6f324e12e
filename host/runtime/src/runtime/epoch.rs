//! The wall-clock limit: a thread advances the engine's epoch, and a guest past its deadline traps at the
//! next loop or call.
//!
//! A task would be starved by the very loop that it should stop, so it is a thread. It sleeps while no run is
//! active.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::Engine;

use super::semaphore::RunSemaphore;

/// The interval of the epoch, and so the precision of deadlines.
pub(super) const TICK: Duration = Duration::from_millis(2);

pub(super) struct Ticker {
    semaphore: Arc<RunSemaphore>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    pub fn start(engine: Engine, semaphore: Arc<RunSemaphore>) -> std::io::Result<Ticker> {
        let watched = semaphore.clone();
        let thread = std::thread::Builder::new()
            .name("regulars-epoch".to_owned())
            .spawn(move || {
                while watched.wait_for_run() {
                    std::thread::sleep(TICK);
                    engine.increment_epoch();
                }
            })?;
        Ok(Ticker {
            semaphore,
            thread: Some(thread),
        })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.semaphore.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Returns `timeout` in ticks, rounded up, plus one for the tick that has begun.
pub(super) fn ticks(timeout: Duration) -> u64 {
    let ticks = timeout.as_millis().div_ceil(TICK.as_millis()) + 1;
    u64::try_from(ticks).unwrap_or(u64::MAX).min(1 << 40)
}
