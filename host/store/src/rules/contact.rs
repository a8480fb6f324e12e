use crate::Change;
use regulars_model::{CustomerId, Direction, Interaction, Message, MessageState, Timestamp};

/// Returns the change that opens a complaint, if the interaction is one: inbound, and of the kind `complaint`.
pub fn complaint(interaction: &Interaction) -> Option<Change> {
    let is_complaint =
        interaction.kind == "complaint" && interaction.direction == Direction::Inbound;
    is_complaint.then(|| Change::OpenComplaint {
        interaction: interaction.id,
        customer: interaction.customer,
        at: interaction.occurred_at,
    })
}

/// Returns the instant at which a message counts towards caps: its due time, then the time of sending. Returns `None`
/// if it does not count.
pub fn counts_at(message: &Message) -> Option<Timestamp> {
    match message.state {
        MessageState::Queued | MessageState::Sending => message.due_at,
        MessageState::Sent => message.sent_at,
        _ => None,
    }
}

/// The customers whose [`OutreachView`](crate::OutreachView) a change touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactScope {
    Customer(CustomerId),
    /// Everyone who has the contact point with this hash.
    Point([u8; 32]),
}

/// Returns the customers whose contact version grows by a change, whatever the stored rows are.
///
/// Four changes touch a view only together with certain rows, and the store grows the version where it changes those:
/// the start and the end of a complaint, an uninstallation with queued messages, and a contact
/// point that is added again after it bounced. An erasure ends the view.
pub fn contact_scope(change: &Change) -> Option<ContactScope> {
    match change {
        Change::AddContactPoint { customer, .. }
        | Change::RemoveContactPoint { customer, .. }
        | Change::CancelMessages { customer, .. }
        | Change::PutPreferences { customer, .. } => Some(ContactScope::Customer(*customer)),
        Change::PutMessage(message) | Change::LeaseMessage { message, .. } => {
            Some(ContactScope::Customer(message.customer))
        }
        Change::AppendConsent(consent) => Some(ContactScope::Customer(consent.customer)),
        Change::CancelMessagesTo { hash, .. }
        | Change::MarkBounced { hash, .. }
        | Change::Unsuppress(hash) => Some(ContactScope::Point(*hash)),
        _ => None,
    }
}
