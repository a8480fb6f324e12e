//! A channel to email addresses that keeps what it is given, and refuses what it is told to refuse.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use regulars::model::ContactKind;
use regulars::outbox::{Channel, Parcel, Refusal, Taken};

#[derive(Clone, Default)]
pub struct Post(Arc<State>);

#[derive(Default)]
struct State {
    taken: Mutex<Vec<Parcel>>,
    refusals: Mutex<VecDeque<Refusal>>,
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
    pub fn refuses(&self, refusals: impl IntoIterator<Item = Refusal>) {
        self.0.refusals.lock().unwrap().extend(refusals);
    }

    /// The next attempt panics after it was taken.
    pub fn panics_once(&self) {
        *self.0.panics.lock().unwrap() += 1;
    }

    pub fn taken(&self) -> Vec<Parcel> {
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

    fn send(&self, parcel: &Parcel) -> Result<Taken, Refusal> {
        if let Some(refusal) = self.0.refusals.lock().unwrap().pop_front() {
            return Err(refusal);
        }
        self.0.taken.lock().unwrap().push(parcel.clone());
        let panics = std::mem::take(&mut *self.0.panics.lock().unwrap());
        assert!(panics == 0, "told to");
        Ok(Taken::default())
    }
}
