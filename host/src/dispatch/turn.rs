use super::dispatcher::Dispatcher;
use super::lanes::Job;
use crate::model::CustomerId;

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
    /// Waits until everything before has been done for a customer. None where the host stops.
    pub fn turn(&self, customer: CustomerId) -> Option<Turn<'_>> {
        if self.at_rest() {
            return Some(Turn {
                dispatcher: None,
                customer,
            });
        }
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        let mut state = self.lock();
        if state.stopping {
            return None;
        }
        state.push(customer, Job::Turn(sender));
        drop(state);
        self.work.notify_one();
        // The sender goes with its lane when the host stops.
        receiver.recv().ok()?;
        Some(Turn {
            dispatcher: Some(self),
            customer,
        })
    }
}
