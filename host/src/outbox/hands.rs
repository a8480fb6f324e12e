use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Channel, Parcel, Refusal, Taken};

/// Longest time limit of any channel. It is shorter than the lease of a message.
const LONGEST: Duration = Duration::from_secs(120);
/// Number of abandoned sends after which a channel gets no more.
const MOST_UNHEARD: usize = 16;

/// Threads that call channels. Channels may hang or panic.
#[derive(Clone, Default)]
pub(crate) struct Hands {
    /// Number of abandoned sends by channel.
    unheard: Arc<Mutex<HashMap<String, usize>>>,
}

impl Hands {
    /// Calls [`Channel::send`] within its time limit.
    pub fn hand_over(&self, channel: &Arc<dyn Channel>, parcel: Parcel) -> Result<Taken, Refusal> {
        let name = channel.name().to_owned();
        if self.unheard(&name) >= MOST_UNHEARD {
            return Err(Refusal::Transient(format!(
                "Earlier messages still hang in the channel {name}."
            )));
        }
        let limit = channel.time_limit().min(LONGEST);
        let (answer, answered) = sync_channel(0);
        let (hands, sender) = (self.clone(), channel.clone());
        let thread = std::thread::Builder::new()
            .name(format!("regulars-{name}"))
            .spawn(move || {
                let sent = catch_unwind(AssertUnwindSafe(|| sender.send(&parcel)));
                let name = sender.name();
                let sent = sent.unwrap_or_else(|_| {
                    let broken =
                        format!("The channel {name} broke down: this is a bug of its own.");
                    Err(Refusal::Unknown(broken))
                });
                if answer.send(sent).is_err() {
                    hands.count(name, |unheard| unheard.saturating_sub(1));
                }
            });
        if let Err(error) = thread {
            let problem = format!("No thread could be started for the channel {name}: {error}.");
            return Err(Refusal::Transient(problem));
        }
        match answered.recv_timeout(limit) {
            Ok(sent) => sent,
            Err(RecvTimeoutError::Disconnected) => Err(Refusal::Unknown(format!(
                "The channel {name} ended without an answer."
            ))),
            Err(RecvTimeoutError::Timeout) => {
                // Counted before the receiver is dropped, so that the thread finds its count.
                self.count(&name, |unheard| unheard + 1);
                drop(answered);
                Err(Refusal::Unknown(format!(
                    "The channel {name} gave no answer within {limit:?}."
                )))
            }
        }
    }

    fn unheard(&self, name: &str) -> usize {
        let unheard = self.unheard.lock().unwrap_or_else(PoisonError::into_inner);
        unheard.get(name).copied().unwrap_or(0)
    }

    fn count(&self, name: &str, change: impl FnOnce(usize) -> usize) {
        let mut unheard = self.unheard.lock().unwrap_or_else(PoisonError::into_inner);
        let count = unheard.entry(name.to_owned()).or_default();
        *count = change(*count);
    }
}
