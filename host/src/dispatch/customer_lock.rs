use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use super::Dispatcher;
use super::keyed_queue::Job;
use crate::model::CustomerId;

/// The real time that a caller waits for a lock: shorter than a request may take.
const LOCK_WAIT: Duration = Duration::from_secs(30);

/// The reason why a customer cannot be locked.
pub(crate) enum LockError {
    /// The host is stopping.
    Stopped,
    /// The customer's earlier jobs take longer than the wait.
    Busy,
}

/// Exclusive work on one customer: no event of theirs is handled until it is dropped.
pub(crate) struct CustomerLock<'d> {
    /// `None` without workers, when no event is handled at all.
    dispatcher: Option<&'d Dispatcher>,
    customer: CustomerId,
}

impl Drop for CustomerLock<'_> {
    fn drop(&mut self) {
        if let Some(dispatcher) = self.dispatcher {
            dispatcher.release(self.customer);
        }
    }
}

impl Dispatcher {
    /// Waits until all earlier jobs of a customer are done, for at most 30 seconds.
    pub fn lock_customer(&self, customer: CustomerId) -> Result<CustomerLock<'_>, LockError> {
        if self.has_no_workers() {
            return Ok(CustomerLock {
                dispatcher: None,
                customer,
            });
        }
        // Without a buffer, a caller that gave up cannot be handed the lock.
        let (sender, receiver) = std::sync::mpsc::sync_channel(0);
        let mut queue = self.lock();
        if queue.stopping {
            return Err(LockError::Stopped);
        }
        // Spilled events come first, and are not in the queue.
        if queue.spilled.contains_key(&customer) {
            return Err(LockError::Busy);
        }
        queue.push(customer, Job::Lock(sender));
        drop(queue);
        self.work.notify_one();
        match receiver.recv_timeout(LOCK_WAIT) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => return Err(LockError::Busy),
            // The queue drops the sender when the host stops.
            Err(RecvTimeoutError::Disconnected) => return Err(LockError::Stopped),
        }
        Ok(CustomerLock {
            dispatcher: Some(self),
            customer,
        })
    }
}
