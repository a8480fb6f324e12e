use super::message_history::CountedMessage;
use regulars_model::InstallationId;

/// A rule's deferral.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) struct Move<'a> {
    /// Nanoseconds since 1970. `None` if the rule did not defer.
    pub to: Option<i64>,
    /// The plugin of the message that was in the way.
    pub by: Option<&'a InstallationId>,
    /// True if that message is in the same batch and came first.
    pub concurrent: bool,
}

impl<'a> Move<'a> {
    pub fn to(&mut self, at: i64, by: Option<&CountedMessage<'a>>) {
        self.to = Some(at);
        if let Some(counted) = by.filter(|counted| counted.concurrent || !self.concurrent) {
            self.by = Some(counted.plugin);
            self.concurrent = counted.concurrent;
        }
    }
}
