//! Callers that wait until an event is handled.

use std::sync::PoisonError;

use tokio::sync::oneshot;

use super::Dispatcher;
use crate::model::EventId;

impl Dispatcher {
    /// Returns a receiver that resolves when the event is handled. Subscribe before the event is committed.
    pub fn subscribe(&self, event: EventId) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        let mut subscribers = self
            .subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        subscribers.entry(event).or_default().push(sender);
        receiver
    }

    /// Tells the subscribers of an event that it is handled.
    pub fn complete(&self, event: EventId) {
        let mut subscribers = self
            .subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for subscriber in subscribers.remove(&event).into_iter().flatten() {
            // A subscriber that gave up is not told.
            let _ = subscriber.send(());
        }
    }
}
