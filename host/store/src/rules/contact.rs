use std::collections::HashSet;

use crate::{Change, ContactScope};
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

/// Returns the customers whose contact version grows by these changes, each once.
///
/// Some changes touch the view of customers whom only stored rows name. The store raises these versions with the rows:
/// a contact point that is added again after it bounced touches everyone who has it, and an uninstallation the
/// customers of the plugin's queued messages.
///
/// A complaint touches its customer also if its interaction is skipped. An erased customer is left out, because a
/// repeated erasure must change nothing: the first one raises the version itself.
pub fn touched(changes: &[Change]) -> Vec<ContactScope> {
    let erased: HashSet<CustomerId> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Erase(erasure) => Some(erasure.customer),
            _ => None,
        })
        .collect();
    let mut seen = HashSet::new();
    let scopes = changes.iter().filter_map(contact_scope);
    scopes
        .filter(|scope| match scope {
            ContactScope::Customer(customer) => !erased.contains(customer),
            ContactScope::Point(_) => true,
        })
        .filter(|scope| seen.insert(*scope))
        .collect()
}

fn contact_scope(change: &Change) -> Option<ContactScope> {
    match change {
        Change::AddContactPoint { customer, .. }
        | Change::RemoveContactPoint { customer, .. }
        | Change::CancelMessages { customer, .. }
        | Change::PutPreferences { customer, .. }
        | Change::OpenComplaint { customer, .. }
        | Change::CloseComplaint { customer, .. } => Some(ContactScope::Customer(*customer)),
        Change::PutMessage(message) | Change::LeaseMessage { message, .. } => {
            Some(ContactScope::Customer(message.customer))
        }
        Change::AppendConsent(consent) => Some(ContactScope::Customer(consent.customer)),
        Change::CancelMessagesTo { hash, .. }
        | Change::MarkBounced { hash, .. }
        | Change::Unsuppress(hash) => Some(ContactScope::Point(*hash)),
        Change::Suppress(suppression) => Some(ContactScope::Point(suppression.hash)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::Erasure;

    fn cancel(customer: CustomerId) -> Change {
        Change::CancelMessages {
            customer,
            keep: Vec::new(),
            why: "enough".to_owned(),
        }
    }

    #[test]
    fn each_customer_is_touched_once() {
        let [ada, ben] = [1, 2].map(|id| CustomerId(Uuid::from_u128(id)));
        let tag = Change::Tag {
            customer: ben,
            tag: "vip".to_owned(),
        };
        let preferences = Change::PutPreferences {
            customer: ada,
            preferences: Default::default(),
        };
        let hash = [7; 32];
        let bounced = Change::MarkBounced {
            hash,
            at: Timestamp::UNIX_EPOCH,
        };
        let changes = [
            cancel(ada),
            tag,
            Change::Unsuppress(hash),
            preferences,
            bounced,
        ];
        assert_eq!(
            touched(&changes),
            [ContactScope::Customer(ada), ContactScope::Point(hash)]
        );
    }

    #[test]
    fn erased_customer_is_not_touched() {
        let [ada, ben] = [1, 2].map(|id| CustomerId(Uuid::from_u128(id)));
        let erase = Change::Erase(Erasure {
            customer: ada,
            at: Timestamp::UNIX_EPOCH,
            source: "staff".to_owned(),
        });
        let changes = [cancel(ada), erase, cancel(ben)];
        assert_eq!(touched(&changes), [ContactScope::Customer(ben)]);
    }
}
