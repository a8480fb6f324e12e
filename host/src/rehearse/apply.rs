//! Application of effects' changes to a customer in memory, as the store applies them to its rows.

use std::sync::Arc;

use super::customer_sim::{CustomerSim, SharedMemory};
use crate::model::*;
use crate::runtime::HistoryEntry;
use crate::store::{Change, rules};

impl CustomerSim<'_> {
    pub(super) fn apply(&mut self, changes: Vec<Change>, shared: &mut SharedMemory) {
        for change in changes {
            self.apply_one(change, shared);
        }
    }

    fn apply_one(&mut self, change: Change, shared: &mut SharedMemory) {
        let customer = &mut self.snapshot.data.customer;
        let desk = &mut self.snapshot.data.desk;
        match change {
            Change::Remember {
                installation,
                customer: None,
                key,
                value,
            } => shared.remember(installation, key, value),
            Change::Remember {
                installation,
                customer: Some(_),
                key,
                value,
            } => {
                let memories = &mut self.snapshot.data.memories;
                let (of_customer, _) = memories.entry(installation).or_default();
                rules::write(of_customer, key, value);
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
                if let Some(stats) = self.stats_of(&plugin) {
                    stats.tasks += 1;
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
                self.records.timers.insert(key, timer);
            }
            Change::AppendInteraction { interaction, .. } => {
                let past = Arc::new(HistoryEntry::new(interaction));
                self.note(&past);
                self.records.timeline.make_up(past);
            }
            Change::OpenComplaint { at, .. } => self.records.complain(at),
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
            // Cards are counted when they are decided.
            Change::OpenCard(_) => {}
            // Runs leave no rows, and no transcripts.
            Change::RecordRun(_) | Change::KeepTranscript(_) | Change::DropTranscript(_) => {}
            // The queue of events is the rehearsal's own, and no run is repeated.
            Change::Acknowledge(_)
            | Change::Defer { .. }
            | Change::RemoveDeferred { .. }
            | Change::ReleaseDeferred { .. }
            | Change::Redrive { .. }
            | Change::ExpireDeferred { .. }
            | Change::ClearTimer { .. } => {}
            // A rehearsed customer has one writer.
            Change::TouchContact(_) => {}
            // People, programs and the outbox make these, and effects do not.
            Change::PutCustomer(_)
            | Change::AddContactPoint { .. }
            | Change::RemoveContactPoint { .. }
            | Change::Erase(_)
            | Change::CloseCard { .. }
            | Change::CloseQuestion { .. }
            | Change::CloseTask { .. }
            | Change::LeaseMessage { .. }
            | Change::ReleaseLeases
            | Change::AppendConsent(_)
            | Change::Suppress(_)
            | Change::Unsuppress(_)
            | Change::PutPreferences { .. }
            | Change::CancelMessagesTo { .. }
            | Change::CloseComplaint { .. }
            | Change::MarkBounced { .. }
            | Change::PutIdempotencyRecord(_)
            | Change::PutApiKey(_)
            | Change::RemoveApiKey(_)
            | Change::UseApiKey { .. }
            | Change::PutSecret { .. }
            | Change::Audit(_) => {}
            // The set of plugins stays the same during a rehearsal.
            Change::PutSchedule(_)
            | Change::KeepSchedules { .. }
            | Change::PutComponent(_)
            | Change::PutInstallation(_)
            | Change::KeepVersion { .. }
            | Change::ReturnToVersion { .. }
            | Change::DropVersions { .. }
            | Change::RewriteMemory(_)
            | Change::PutOffers { .. }
            | Change::ForgetMemories(_)
            | Change::PutPluginSecret { .. }
            | Change::DropTimersOf(_)
            | Change::DropDeferredOf(_)
            | Change::DropSecretsOf(_)
            | Change::CancelMessagesOf { .. }
            | Change::DismissCardsOf(_)
            | Change::DismissQuestionsOf(_)
            | Change::Uninstall(_) => {}
        }
    }
}
