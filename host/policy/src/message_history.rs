use super::instant::nanos;
use crate::view::{OutreachView, PastMessage};
use regulars_model::{Fingerprint, InstallationId, Purpose};

/// The messages that count for a new one, by time: sent messages, queued ones, and those decided just before.
pub(super) struct MessageHistory<'a> {
    /// The time in nanoseconds since 1970, and the index in `known` followed by `decided`.
    order: Vec<(i64, u32)>,
    known: &'a [PastMessage],
    decided: Vec<CountedMessage<'a>>,
}

/// A message that counts.
#[derive(Clone, Copy)]
pub(super) struct CountedMessage<'a> {
    pub purpose: Purpose,
    pub channel: &'a str,
    pub fingerprint: Fingerprint,
    pub plugin: &'a InstallationId,
    /// True if it was decided in the same batch and came first.
    pub concurrent: bool,
}

impl<'a> MessageHistory<'a> {
    pub fn of(view: &'a OutreachView) -> MessageHistory<'a> {
        let known = &view.past;
        let mut order: Vec<(i64, u32)> = Vec::with_capacity(known.len() + 2);
        order.extend(known.iter().map(|message| nanos(message.at)).zip(0..));
        if !order.is_sorted() {
            order.sort_unstable();
        }
        MessageHistory {
            order,
            known,
            decided: Vec::new(),
        }
    }

    /// Returns the messages after an instant, each with its own instant.
    pub fn after(&self, at: i64) -> impl Iterator<Item = (i64, CountedMessage<'a>)> + Clone {
        let from = self.order.partition_point(|(when, _)| *when <= at);
        let order = self.order[from..].iter();
        order.map(|&(when, place)| (when, self.message(place as usize)))
    }

    fn message(&self, place: usize) -> CountedMessage<'a> {
        match self.known.get(place) {
            Some(message) => CountedMessage {
                purpose: message.purpose,
                channel: &message.channel,
                fingerprint: message.fingerprint,
                plugin: &message.plugin,
                concurrent: false,
            },
            None => self.decided[place - self.known.len()],
        }
    }

    /// Reserves a message's time.
    pub fn reserve(&mut self, at: i64, counted: CountedMessage<'a>) {
        let place = self.order.partition_point(|(when, _)| *when <= at);
        let last = u32::try_from(self.order.len()).unwrap_or(u32::MAX);
        self.order.insert(place, (at, last));
        self.decided.push(counted);
    }
}
