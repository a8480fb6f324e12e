//! Writes the changes of one changeset, in order.

mod cache;
mod complaint;
mod contact;
mod customer;
mod deferred;
mod desk;
mod erase;
mod idempotency;
mod interaction;
mod key;
mod log;
mod memory;
mod outreach;
mod plugin;
mod run;
mod schedule;
mod transcript;
mod version;

use std::collections::HashSet;

pub(super) use cache::Cache;

use super::{Fault, Param, Result, SqlConnection, query};
use crate::{Change, Committed, Precondition, StoreError};
use regulars_model::*;

/// Applies the changes. The caller holds a transaction and rolls it back on an error.
pub(super) fn apply<C: SqlConnection>(
    sql: &C,
    cache: &mut Cache,
    changes: Vec<Change>,
) -> Result<Committed> {
    let mut apply = Apply {
        sql,
        cache,
        committed: Committed::default(),
        written_scopes: HashSet::new(),
        skipped: HashSet::new(),
    };
    apply.cache.begin();
    for change in changes {
        apply.change(change)?;
    }
    Ok(apply.committed)
}

struct Apply<'w, C> {
    sql: &'w C,
    cache: &'w mut Cache,
    committed: Committed,
    /// Memory scopes whose version has grown in this changeset.
    written_scopes: HashSet<i64>,
    /// Interactions that were stored already.
    skipped: HashSet<InteractionId>,
}

impl<C: SqlConnection> Apply<'_, C> {
    fn change(&mut self, change: Change) -> Result<()> {
        match change {
            Change::PutCustomer(customer) => self.put_customer(&customer),
            Change::AddContactPoint {
                customer,
                point,
                hash,
            } => self.add_contact_point(customer, &point, &hash),
            Change::RemoveContactPoint { customer, point } => {
                self.remove_contact_point(customer, &point)
            }
            Change::Tag { customer, tag } => self.tag(customer, &tag),
            Change::Untag { customer, tag } => self.untag(customer, &tag),
            Change::SetLevel { customer, level } => self.set_level(customer, level),

            Change::Erase(erasure) => self.erase(&erasure),

            Change::AppendInteraction {
                interaction,
                if_absent,
            } => self.append_interaction(&interaction, if_absent),
            Change::AppendEvent { event, pending } => self.append_event(event, pending),
            Change::Acknowledge(event) => self.acknowledge(event),
            Change::Defer {
                event,
                customer,
                installation,
                attempts,
                due_at,
                dead,
                error,
                at,
            } => {
                let due_at = due_at.filter(|_| !dead);
                self.defer(
                    event,
                    customer,
                    &installation,
                    attempts,
                    due_at,
                    dead,
                    &error,
                    at,
                )
            }
            Change::RemoveDeferred {
                event,
                installation,
            } => self.remove_deferred(event, &installation),
            Change::ReleaseDeferred {
                installation,
                customer,
                at,
            } => self.release_deferred(&installation, customer, at),
            Change::Redrive {
                event,
                installation,
                at,
            } => self.redrive(event, &installation, at),
            Change::DropDeferredOf(installation) => self.drop_deferred_of(&installation),
            Change::ExpireDeferred {
                installation,
                before,
                most,
                error,
                at,
            } => self.expire_deferred(&installation, before, most, &error, at),

            Change::OpenCard(card) => self.open_card(&card),
            Change::CloseCard { card, state } => self.close_card(card, state),
            Change::DismissCardsOf(installation) => self.dismiss_cards_of(&installation),
            Change::OpenQuestion(question) => self.open_question(&question),
            Change::CloseQuestion {
                question,
                state,
                answer,
                answered_by,
            } => self.close_question(question, state, answer, answered_by),
            Change::DismissQuestionsOf(installation) => self.dismiss_questions_of(&installation),
            Change::OpenTask(task) => self.open_task(&task),
            Change::CloseTask {
                task,
                outcome,
                note,
                closed_by,
                at,
            } => self.close_task(task, &outcome, note, closed_by, at),
            Change::PutMessage(message) => self.put_message(&message),
            Change::ReleaseLeases => self.release_leases(),
            Change::LeaseMessage { message, until } => self.lease_message(&message, until),
            Change::CancelMessages {
                customer,
                keep,
                why,
            } => self.cancel_messages(customer, &keep, &why),
            Change::AppendConsent(consent) => self.append_consent(&consent),
            Change::CancelMessagesTo { hash, why } => self.cancel_messages_to(&hash, &why),
            Change::CancelMessagesOf { installation, why } => {
                self.cancel_messages_of(&installation, &why)
            }
            Change::Suppress(suppression) => self.suppress(&suppression),
            Change::Unsuppress(hash) => self.unsuppress(&hash),
            Change::PutPreferences {
                customer,
                preferences,
            } => self.put_preferences(customer, &preferences),
            Change::OpenComplaint {
                interaction,
                customer,
                at,
            } => self.open_complaint(interaction, customer, at),
            Change::CloseComplaint {
                interaction,
                customer,
                by,
                note,
                at,
            } => self.close_complaint(interaction, customer, by.as_deref(), note.as_deref(), at),
            Change::MarkBounced { hash, at } => self.mark_bounced(&hash, at),
            Change::TouchContact(scope) => self.touch_contact(scope),

            Change::Remember {
                installation,
                customer,
                key,
                value,
            } => self.remember(&installation, customer, &key, value),
            Change::SetTimer(timer) => self.set_timer(&timer),
            Change::ClearTimer {
                installation,
                customer,
                key,
            } => self.clear_timer(&installation, customer, &key),
            Change::DropTimersOf(installation) => self.drop_timers_of(&installation),
            Change::PutSchedule(state) => self.put_schedule(&state),
            Change::KeepSchedules { installation, keep } => {
                self.keep_schedules(&installation, &keep)
            }
            Change::RecordRun(run) => self.record_run(&run),
            Change::KeepTranscript(kept) => self.keep_transcript(&kept),
            Change::DropTranscript(run) => self.drop_transcript(run),
            Change::PutIdempotencyRecord(record) => self.put_idempotency_record(&record),

            Change::PutComponent(component) => self.put_component(&component),
            Change::PutInstallation(installation) => self.put_installation(&installation),
            Change::KeepVersion { installation, at } => self.keep_version(&installation, at),
            Change::ReturnToVersion {
                installation,
                number,
            } => self.return_to_version(&installation, number),
            Change::DropVersions { installation, keep } => self.drop_versions(&installation, keep),
            Change::RewriteMemory(rewritten) => self.rewrite_memory(&rewritten),
            Change::PutOffers { id, digests, at } => self.put_offers(&id, &digests, at),
            Change::ForgetMemories(installation) => self.forget_memories(&installation),
            Change::PutPluginSecret {
                installation,
                name,
                value,
            } => self.put_plugin_secret(&installation, &name, value.as_ref()),
            Change::DropSecretsOf(installation) => self.drop_secrets_of(&installation),
            Change::Uninstall(installation) => self.uninstall(&installation),
            Change::PutApiKey(key) => self.put_api_key(&key),
            Change::RemoveApiKey(key) => self.remove_api_key(key),
            Change::UseApiKey { key, at } => self.use_api_key(key, at),
            Change::Audit(entry) => self.append_audit(&entry),
            Change::PutSecret { name, value } => self.put_secret(&name, &value),
        }
    }

    /// Runs one statement and returns the number of rows that it changed.
    #[inline]
    fn execute(&self, statement: &str, params: &[Param<'_>]) -> Result<u64> {
        self.sql.execute(statement, params)
    }

    /// Runs one statement that returns a number.
    #[inline]
    fn value(&self, statement: &str, params: &[Param<'_>]) -> Result<i64> {
        let value = query::value(self.sql, statement, params)?;
        value.ok_or_else(|| {
            tracing::error!(statement, "a statement gave no row");
            no_row("a changed row")
        })
    }

    /// Returns the key of a customer. An unknown or erased customer is a conflict.
    fn customer_key(&mut self, id: CustomerId) -> Result<i64> {
        match self.cache.customer(self.sql, id)? {
            Some(key) => Ok(key),
            None => Err(conflict(Precondition::Customer {
                customer: id,
                version: 0,
            })),
        }
    }

    /// Returns the key of an installation, and makes a row without a record if there is none.
    fn installation_key(&mut self, id: &InstallationId) -> Result<i64> {
        self.cache.installation(self.sql, id)
    }
}

/// The error of a statement that should return a row and did not. Callers see the text.
#[cold]
fn no_row(what: &str) -> Fault {
    Fault::Store(StoreError::Backend(format!("{what} is missing")))
}

fn conflict(expect: Precondition) -> Fault {
    Fault::Store(StoreError::Conflict(expect))
}
