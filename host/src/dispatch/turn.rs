use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use super::dispatcher::Dispatcher;
use super::lanes::Job;
use crate::model::CustomerId;

/// How long somebody waits for a turn, in real time: less than a request may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why there is no turn.
pub(crate) enum NoTurn {
    /// The host stops.
    Stopped,
    /// So much is to be done for the customer first that it is not worth the wait.
    Crowded,
}

/// Somebody's turn to work on a customer; nothing else happens to them until it is dropped.
pub(crate) struct Turn<'d> {
    /// None at rest, where nothing happens to anybody.
    dispatcher: Option<&'d Dispatcher>,
    customer: CustomerId,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(dispatcher) = self.dispatcher {
            dispatcher.done(self.customer);
        }
    }
}

impl Dispatcher {
    /// Waits until everything before has been done for a customer.
    pub fn turn(&self, customer: CustomerId) -> Result<Turn<'_>, NoTurn> {
        if self.at_rest() {
            return Ok(Turn {
                dispatcher: None,
                customer,
            });
        }
        // Handed over rather than left: who has given up is not given a turn.
        let (sender, receiver) = std::sync::mpsc::sync_channel(0);
        let mut state = self.lock();
        if state.stopping {
            return Err(NoTurn::Stopped);
        }
        // What is left in the store comes before it, and is not in the lane.
        if state.left_out.contains_key(&customer) {
            return Err(NoTurn::Crowded);
        }
        state.push(customer, Job::Turn(sender));
        drop(state);
        self.work.notify_one();
        match receiver.recv_timeout(PATIENCE) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => return Err(NoTurn::Crowded),
            // The sender goes with its lane when the host stops.
            Err(RecvTimeoutError::Disconnected) => return Err(NoTurn::Stopped),
        }
        Ok(Turn {
            dispatcher: Some(self),
            customer,
        })
    }
}
