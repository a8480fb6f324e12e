use super::instant::nanos;
use crate::model::{Fingerprint, InstallationId, Purpose};
use crate::store::OutreachView;

/// What counts against a new message, in the order of its times: what was sent, what has its place kept,
/// and what was decided just before.
pub(super) struct Past<'a> {
    kept: Vec<Kept<'a>>,
}

/// A message that counts.
pub(super) struct Kept<'a> {
    /// Nanoseconds since 1970.
    pub at: i64,
    pub purpose: Purpose,
    pub channel: &'a str,
    pub fingerprint: Fingerprint,
    pub plugin: &'a InstallationId,
    /// It is decided together with the new one, and went first.
    pub beside: bool,
}

impl<'a> Past<'a> {
    pub fn of(known: &'a OutreachView) -> Past<'a> {
        let mut kept = Vec::with_capacity(known.past.len() + 4);
        kept.extend(known.past.iter().map(|message| Kept {
            at: nanos(message.at),
            purpose: message.purpose,
            channel: &message.channel,
            fingerprint: message.fingerprint,
            plugin: &message.plugin,
            beside: false,
        }));
        if !kept.is_sorted_by_key(|kept: &Kept<'_>| kept.at) {
            kept.sort_by_key(|kept| kept.at);
        }
        Past { kept }
    }

    /// Those that are later than an instant.
    pub fn after(&self, at: i64) -> &[Kept<'a>] {
        &self.kept[self.kept.partition_point(|kept| kept.at <= at)..]
    }

    /// Keeps a message's place.
    pub fn reserve(&mut self, kept: Kept<'a>) {
        let place = self.kept.partition_point(|other| other.at <= kept.at);
        self.kept.insert(place, kept);
    }
}
