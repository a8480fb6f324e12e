use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Accepted, Channel, Envelope, SendError};

/// The maximum time limit of a send. It is shorter than the lease of a message.
const LONGEST: Duration = Duration::from_secs(120);
/// The maximum number of abandoned sends of one channel. At this number the channel gets no more messages.
const MAX_ABANDONED: usize = 16;

/// A runner of sends. It starts one thread per send, because channels may hang or panic, and limits the number of
/// abandoned sends. Threads are not pooled.
#[derive(Clone, Default)]
pub struct SendPool {
    /// The number of sends that exceeded their time limit and still run, by channel.
    abandoned: Arc<Mutex<HashMap<String, usize>>>,
}

impl SendPool {
    /// Calls [`Channel::send`] on a new thread, and waits for its result up to the channel's time limit. After that the
    /// send is abandoned: its thread runs on, and its result is dropped.
    ///
    /// # Errors
    /// The channel's own. [`SendError::Transient`] if the channel has 16 abandoned sends or no thread can be started.
    /// [`SendError::Unknown`] if the channel panics or exceeds the limit.
    pub fn send(
        &self,
        channel: &Arc<dyn Channel>,
        envelope: Envelope,
    ) -> Result<Accepted, SendError> {
        let name = channel.name().to_owned();
        if self.abandoned(&name) >= MAX_ABANDONED {
            return Err(SendError::Transient(format!(
                "Earlier messages still hang in the channel {name}."
            )));
        }
        let limit = channel.time_limit().min(LONGEST);
        let (answer, answered) = sync_channel(0);
        let (pool, sender) = (self.clone(), channel.clone());
        let thread = std::thread::Builder::new()
            .name(format!("regulars-{name}"))
            .spawn(move || {
                let sent = catch_unwind(AssertUnwindSafe(|| sender.send(&envelope)));
                let name = sender.name();
                let sent = sent.unwrap_or_else(|_| {
                    let broken =
                        format!("The channel {name} broke down: this is a bug of its own.");
                    Err(SendError::Unknown(broken))
                });
                if answer.send(sent).is_err() {
                    pool.count(name, |abandoned| abandoned.saturating_sub(1));
                }
            });
        if let Err(error) = thread {
            let problem = format!("No thread could be started for the channel {name}: {error}.");
            return Err(SendError::Transient(problem));
        }
        match answered.recv_timeout(limit) {
            Ok(sent) => sent,
            Err(RecvTimeoutError::Disconnected) => Err(SendError::Unknown(format!(
                "The channel {name} ended without an answer."
            ))),
            Err(RecvTimeoutError::Timeout) => {
                // The count must rise before the receiver is dropped, because the thread lowers it after a failed
                // reply.
                self.count(&name, |abandoned| abandoned + 1);
                drop(answered);
                Err(SendError::Unknown(format!(
                    "The channel {name} gave no answer within {limit:?}."
                )))
            }
        }
    }

    fn abandoned(&self, name: &str) -> usize {
        let abandoned = self
            .abandoned
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        abandoned.get(name).copied().unwrap_or(0)
    }

    fn count(&self, name: &str, change: impl FnOnce(usize) -> usize) {
        let mut abandoned = self
            .abandoned
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let count = abandoned.entry(name.to_owned()).or_default();
        *count = change(*count);
    }
}
