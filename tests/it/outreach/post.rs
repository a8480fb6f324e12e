//! A channel to email addresses that keeps what it is given, and refuses what it is told to refuse.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use regulars::model::ContactKind;
use regulars::outbox::{Accepted, Channel, Envelope, SendError};

#[derive(Clone, Default)]
pub struct Post(Arc<State>);

#[derive(Default)]
struct State {
    taken: Mutex<Vec<Envelope>>,
    refusals: Mutex<VecDeque<SendError>>,
    panics: Mutex<u32>,
}

impl Post {
    pub fn new() -> Post {
        Post::default()
    }

    pub fn channel(&self) -> Arc<dyn Channel> {
        Arc::new(self.clone())
    }

    /// Sets the refusals of the next attempts.
    pub fn refuses(&self, refusals: impl IntoIterator<Item = SendError>) {
        self.0.refusals.lock().unwrap().extend(refusals);
    }

    /// The next attempt panics after it was taken.
    pub fn panics_once(&self) {
        *self.0.panics.lock().unwrap() += 1;
    }

    pub fn taken(&self) -> Vec<Envelope> {
        self.0.taken.lock().unwrap().clone()
    }
}

impl Channel for Post {
    fn name(&self) -> &str {
        "email"
    }

    fn reaches(&self) -> Option<ContactKind> {
        Some(ContactKind::Email)
    }

    fn send(&self, envelope: &Envelope) -> Result<Accepted, SendError> {
        if let Some(refusal) = self.0.refusals.lock().unwrap().pop_front() {
            return Err(refusal);
        }
        self.0.taken.lock().unwrap().push(envelope.clone());
        let panics = std::mem::take(&mut *self.0.panics.lock().unwrap());
        assert!(panics == 0, "told to");
        Ok(Accepted::default())
    }
}
