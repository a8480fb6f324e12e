mod customer;
mod desk;

use jiff::SignedDuration;
use uuid::Uuid;

use super::Ran;
use crate::model::*;
use crate::plugin_set::PluginSet;
use crate::snapshot::Snapshot;
use crate::store::{Change, Changeset, Expect, Memory, Timer};

/// A timer fires no sooner than this after it was set, in real time, so that a plugin which always
/// wakes itself at once cannot keep the host busy, however long its event waited.
const MIN_TIMER: SignedDuration = SignedDuration::from_mins(1);

/// In a run's row, in place of what a plugin remembers for itself.
const KEPT_THERE: &str = "in the plugin's own memory";

/// Where effects come from.
pub(crate) struct Origin<'a> {
    /// What the plugins were told that the time is.
    pub now: Timestamp,
    /// When it was decided: an event may have waited.
    pub decided_at: Timestamp,
    /// The event that was handled; none for an action.
    pub event: Option<EventId>,
    /// The length of the chain of causes before it.
    pub depth: u8,
    pub plugins: &'a PluginSet,
}

/// The customer and the memories that effects were worked out from.
pub(crate) struct Outcome<'a> {
    pub customer: Option<&'a Customer>,
    pub customer_memory: Memory,
    pub plugin_memory: Memory,
}

impl<'a> Outcome<'a> {
    pub fn of(snapshot: &'a Snapshot, plugin: &InstallationId) -> Outcome<'a> {
        let (customer_memory, plugin_memory) = snapshot.memory(plugin);
        Outcome {
            customer: Some(&snapshot.data.customer),
            customer_memory,
            plugin_memory,
        }
    }
}

/// Adds to a changeset what the decided effects of a run do, with what must not have changed
/// meanwhile, and notes on each proposal what came of it.
pub(crate) fn write(
    changeset: &mut Changeset,
    origin: &Origin<'_>,
    basis: &Outcome<'_>,
    ran: &mut Ran,
) {
    if ran.failure.is_some() {
        return;
    }
    expect(changeset, basis, ran);
    let mut proposals = std::mem::take(&mut ran.proposals);
    for (index, proposal) in proposals.iter_mut().enumerate() {
        let done = matches!(
            proposal.decision.outcome,
            VerdictOutcome::Allow | VerdictOutcome::Defer { .. }
        );
        if done {
            let mut writer = Writer {
                changeset,
                origin,
                ran,
                customer: basis.customer,
                index,
            };
            proposal.result = writer.apply(&proposal.effect, &proposal.decision);
        }
        // What a plugin keeps for itself may be about anybody, and a run's row outlasts their erasure.
        if let Effect::Remember {
            scope: Scope::Plugin,
            value: Some(value),
            ..
        } = &mut proposal.effect
        {
            *value = Json::from(KEPT_THERE);
        }
    }
    ran.proposals = proposals;
}

fn expect(changeset: &mut Changeset, basis: &Outcome<'_>, ran: &Ran) {
    if !ran.proposals.is_empty() {
        changeset.expect(ran.active.unchanged());
    }
    let installation = &ran.active.installation.id;
    let writes_plugin = ran.proposals.iter().any(|proposal| {
        matches!(
            proposal.effect,
            Effect::Remember {
                scope: Scope::Plugin,
                ..
            }
        )
    });
    if writes_plugin || ran.read_plugin_memory && !ran.proposals.is_empty() {
        changeset.expect(Expect::Memory {
            installation: installation.clone(),
            customer: None,
            version: basis.plugin_memory.version,
        });
    }
    if let Some(customer) = basis.customer.filter(|_| !ran.proposals.is_empty()) {
        changeset.expect(Expect::Memory {
            installation: installation.clone(),
            customer: Some(customer.id),
            version: basis.customer_memory.version,
        });
        let expect = Expect::Customer {
            customer: customer.id,
            version: customer.version,
        };
        if !changeset.expects.contains(&expect) {
            changeset.expect(expect);
        }
    }
}

struct Writer<'a> {
    changeset: &'a mut Changeset,
    origin: &'a Origin<'a>,
    ran: &'a Ran,
    customer: Option<&'a Customer>,
    /// The effect's place among those of the run.
    index: usize,
}

impl Writer<'_> {
    fn apply(&mut self, effect: &Effect, decision: &Decision) -> Option<Uuid> {
        if let Effect::Remember { scope, key, value } = effect {
            self.changeset.push(Change::Remember {
                installation: self.plugin(),
                customer: self
                    .customer
                    .map(|customer| customer.id)
                    .filter(|_| *scope == Scope::Customer),
                key: key.clone(),
                value: value.clone(),
            });
            return None;
        }
        let customer = self.customer?;
        match effect {
            Effect::Remember { .. } => None,
            Effect::Suggest(suggestion) => Some(self.suggest(customer.id, suggestion)),
            Effect::Ask(question) => Some(self.ask(customer.id, question)),
            Effect::Message(message) => Some(self.message(customer.id, message, decision)),
            Effect::Task(task) => Some(self.task(customer.id, task)),
            Effect::Wake(timer) => {
                self.changeset.push(Change::SetTimer(Timer {
                    installation: self.plugin(),
                    customer: customer.id,
                    key: timer.key.clone(),
                    at: timer.at.max(self.origin.decided_at + MIN_TIMER),
                    payload: timer.payload.clone(),
                    cause: self.origin.event,
                }));
                None
            }
            Effect::Tag { tag } => self.tag(customer, tag, true),
            Effect::Untag { tag } => self.tag(customer, tag, false),
            Effect::ProposeLevel { level, because } => self.level(customer, *level, because),
            Effect::Record(entry) => Some(self.record(customer.id, entry)),
        }
    }

    fn plugin(&self) -> InstallationId {
        self.ran.active.installation.id.clone()
    }

    /// The same effect of the same run always makes the same thing.
    fn id(&self, what: &str) -> Uuid {
        crate::ids::derived_at(
            self.origin.now,
            &[
                what.as_bytes(),
                self.ran.id.0.as_bytes(),
                &self.index.to_le_bytes(),
            ],
        )
    }
}
