use super::rules::{self, reasons};
use super::{Change, Precondition, StoreError};
use regulars_model::{Erased, Event, InstallationId, Interaction, Suppression};

/// A callback that gets the outcome of a changeset, once.
pub type Completion = Box<dyn FnOnce(Result<Committed, StoreError>) + Send>;

/// A write: all changes, if every precondition holds, or none.
#[derive(Debug, Clone, Default)]
pub struct Changeset {
    pub preconditions: Vec<Precondition>,
    /// Applied in order.
    pub changes: Vec<Change>,
}

impl Changeset {
    pub fn new() -> Changeset {
        Changeset::default()
    }

    pub fn expect(&mut self, precondition: Precondition) -> &mut Self {
        self.preconditions.push(precondition);
        self
    }

    pub fn push(&mut self, change: Change) -> &mut Self {
        self.changes.push(change);
        self
    }

    /// Appends an interaction, and opens a complaint if it is one. A stored id is a conflict.
    pub fn append_interaction(&mut self, interaction: Interaction) -> &mut Self {
        self.append(interaction, false)
    }

    /// [`Changeset::append_interaction`], but an interaction with a stored id is skipped and counted.
    pub fn append_interaction_if_absent(&mut self, interaction: Interaction) -> &mut Self {
        self.append(interaction, true)
    }

    fn append(&mut self, interaction: Interaction, if_absent: bool) -> &mut Self {
        let complaint = rules::complaint(&interaction);
        self.push(Change::AppendInteraction {
            interaction,
            if_absent,
        });
        self.changes.extend(complaint);
        self
    }

    /// Removes the record of a plugin and the data that goes with it, see [`rules::after_uninstall`].
    pub fn uninstall(&mut self, installation: &InstallationId) -> &mut Self {
        self.push(Change::Uninstall(installation.clone()));
        self.changes.extend(rules::after_uninstall(installation));
        self
    }

    /// Appends the changes that follow from the others. The store does this once, before it writes.
    pub(crate) fn seal(&mut self) {
        let touched = rules::touched(&self.changes);
        self.changes
            .extend(touched.into_iter().map(Change::TouchContact));
    }

    /// Suppresses a contact point and cancels the messages that wait to be sent to those who have it.
    pub fn suppress(&mut self, suppression: Suppression) -> &mut Self {
        let hash = suppression.hash;
        self.push(Change::Suppress(suppression));
        self.push(Change::CancelMessagesTo {
            hash,
            why: reasons::SUPPRESSED.to_owned(),
        })
    }
}

/// The outcome of a changeset.
#[derive(Debug, Clone, Default)]
pub struct Committed {
    /// The appended events that wait to be acknowledged, with their places in the log.
    pub pending: Vec<Event>,
    /// The place in the log of the newest appended event.
    pub last_seq: Option<u64>,
    /// The number of appended interactions.
    pub appended: u64,
    /// The number of interactions skipped because their ids are stored.
    pub skipped: u64,
    /// The number of messages put, or put back, into the outbox.
    pub outgoing: u64,
    /// The counts of an erasure.
    pub erased: Option<Box<Erased>>,
    /// The number of changesets in the same commit, this one included.
    pub group: usize,
}
