//! The wall-clock backstop: a thread of its own moves the engine's epoch on, and a guest that is
//! past its deadline traps at the next loop or call.
//!
//! It is a thread because a task would be starved by the very loop that it should stop. While no run
//! is inside the gate it rests.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::Engine;

use super::gate::Gate;

/// How often the epoch moves: what a deadline is exact to.
pub(super) const TICK: Duration = Duration::from_millis(2);

pub(super) struct Ticker {
    gate: Arc<Gate>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    pub fn start(engine: Engine, gate: Arc<Gate>) -> std::io::Result<Ticker> {
        let watched = gate.clone();
        let thread = std::thread::Builder::new()
            .name("regulars-epoch".to_owned())
            .spawn(move || {
                while watched.wait_for_run() {
                    std::thread::sleep(TICK);
                    engine.increment_epoch();
                }
            })?;
        Ok(Ticker {
            gate,
            thread: Some(thread),
        })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.gate.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// `timeout` in ticks, rounded up; one more because the current one has begun already.
pub(super) fn ticks(timeout: Duration) -> u64 {
    let ticks = timeout.as_millis().div_ceil(TICK.as_millis()) + 1;
    u64::try_from(ticks).unwrap_or(u64::MAX).min(1 << 40)
}
