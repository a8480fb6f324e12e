//! Who waits to hear that an event was handled.

use std::sync::PoisonError;

use tokio::sync::oneshot;

use super::Dispatcher;
use crate::model::EventId;

impl Dispatcher {
    /// Resolves when the event was handled. Follow before the event is committed.
    pub fn follow(&self, event: EventId) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        let mut followers = self
            .followers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        followers.entry(event).or_default().push(sender);
        receiver
    }

    /// Tells the followers of an event that it was handled.
    pub fn handled(&self, event: EventId) {
        let mut followers = self
            .followers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for follower in followers.remove(&event).into_iter().flatten() {
            // Whoever gave up waiting does not need to hear of it.
            let _ = follower.send(());
        }
    }
}
