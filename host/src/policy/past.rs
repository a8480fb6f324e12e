use super::instant::nanos;
use crate::model::{Fingerprint, InstallationId, Purpose};
use crate::store::{OutreachView, PastMessage};

/// The messages that count for a new one, by time: sent messages, queued ones, and those decided just before.
pub(super) struct Past<'a> {
    /// The time in nanoseconds since 1970, and the index in `known` followed by `decided`.
    order: Vec<(i64, u32)>,
    known: &'a [PastMessage],
    decided: Vec<Kept<'a>>,
}

/// A message that counts.
#[derive(Clone, Copy)]
pub(super) struct Kept<'a> {
    pub purpose: Purpose,
    pub channel: &'a str,
    pub fingerprint: Fingerprint,
    pub plugin: &'a InstallationId,
    /// True if it was decided in the same batch and came first.
    pub beside: bool,
}

impl<'a> Past<'a> {
    pub fn of(view: &'a OutreachView) -> Past<'a> {
        let known = &view.past;
        let mut order: Vec<(i64, u32)> = Vec::with_capacity(known.len() + 2);
        order.extend(known.iter().map(|message| nanos(message.at)).zip(0..));
        if !order.is_sorted() {
            order.sort_unstable();
        }
        Past {
            order,
            known,
            decided: Vec::new(),
        }
    }

    /// Returns the messages after an instant, each with its own instant.
    pub fn after(&self, at: i64) -> impl Iterator<Item = (i64, Kept<'a>)> + Clone {
        let from = self.order.partition_point(|(when, _)| *when <= at);
        let order = self.order[from..].iter();
        order.map(|&(when, place)| (when, self.kept(place as usize)))
    }

    fn kept(&self, place: usize) -> Kept<'a> {
        match self.known.get(place) {
            Some(message) => Kept {
                purpose: message.purpose,
                channel: &message.channel,
                fingerprint: message.fingerprint,
                plugin: &message.plugin,
                beside: false,
            },
            None => self.decided[place - self.known.len()],
        }
    }

    /// Reserves a message's time.
    pub fn reserve(&mut self, at: i64, kept: Kept<'a>) {
        let place = self.order.partition_point(|(when, _)| *when <= at);
        let last = u32::try_from(self.order.len()).unwrap_or(u32::MAX);
        self.order.insert(place, (at, last));
        self.decided.push(kept);
    }
}
