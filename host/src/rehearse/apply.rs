//! What the changes that effects come to do to a customer in memory: as the store does them to its rows.

use std::sync::Arc;

use super::lane::{Lane, Own};
use crate::model::*;
use crate::runtime::HistoryEntry;
use crate::store::{Change, Memory};

impl Lane<'_> {
    pub(super) fn apply(&mut self, changes: Vec<Change>, own: &mut Own) {
        for change in changes {
            self.apply_one(change, own);
        }
    }

    fn apply_one(&mut self, change: Change, own: &mut Own) {
        let customer = &mut self.snapshot.data.customer;
        let desk = &mut self.snapshot.data.desk;
        match change {
            Change::Remember {
                installation,
                customer: None,
                key,
                value,
            } => own.remember(installation, key, value),
            Change::Remember {
                installation,
                customer: Some(_),
                key,
                value,
            } => {
                let memories = &mut self.snapshot.data.memories;
                let (of_customer, _) = memories.entry(installation).or_default();
                write(of_customer, key, value);
            }
            Change::Tag { tag, .. } => {
                customer.tags.insert(tag);
            }
            Change::Untag { tag, .. } => {
                customer.tags.remove(&tag);
            }
            Change::SetLevel { level, .. } => customer.level = level,
            Change::OpenQuestion(question) => desk.last_question_at = Some(question.created_at),
            Change::OpenTask(task) => {
                let Some(plugin) = task.plugin else {
                    return;
                };
                if let Some(group) = task.group_key {
                    desk.open_groups.insert((plugin.clone(), group));
                }
                if let Some(tally) = self.tally(&plugin) {
                    tally.tasks += 1;
                }
            }
            Change::PutMessage(message) => {
                let key = (message.plugin.clone(), message.dedupe_key.clone());
                desk.message_keys.insert(key);
                self.put_off(message);
            }
            Change::CancelMessages { keep, .. } => self.cancel(&keep),
            Change::SetTimer(timer) => {
                let key = (timer.installation.clone(), timer.key.clone());
                self.timers.insert(key, timer);
            }
            Change::AppendInteraction { interaction, .. } => {
                let complaint =
                    interaction.kind == "complaint" && interaction.direction == Direction::Inbound;
                match &mut self.contact {
                    Some(contact) if complaint => contact.complain(interaction.occurred_at),
                    None if complaint => self.complaints.push(interaction.occurred_at),
                    _ => {}
                }
                let past = Arc::new(HistoryEntry::new(interaction));
                self.note(&past);
                self.shown.make_up(past);
            }
            Change::AppendEvent { event, .. } => self.queue.push_back(Event {
                seq: 0,
                id: event.id,
                customer: event.customer,
                time: event.time,
                cause: event.cause,
                depth: event.depth,
                as_of: 0,
                data: event.data,
            }),
            // Cards are counted where they are decided. Effects come to nothing else.
            _ => {}
        }
    }
}

/// As the store does.
pub(super) fn write(memory: &mut Memory, key: String, value: Option<Json>) {
    let entries = Arc::make_mut(&mut memory.entries);
    match value {
        Some(value) => entries.insert(key, value),
        None => entries.remove(&key),
    };
    memory.version += 1;
}
