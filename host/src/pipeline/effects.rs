mod customer;
mod desk;

use jiff::SignedDuration;
use uuid::Uuid;

use super::completed_run::CompletedRun;
use crate::model::*;
use crate::store::{Change, Changeset, DeskView, Memory, Precondition, Timer};

/// The shortest real time between setting a timer and its firing. It keeps a plugin that always wakes itself at once
/// from occupying the host, however long its event waited.
const MIN_TIMER: SignedDuration = SignedDuration::from_mins(1);

/// Stands in a run's row in place of a value of the plugin's own memory.
const KEPT_THERE: &str = "in the plugin's own memory";

/// The data that proposals are decided by, and the origin of their effects.
pub(crate) struct EffectContext<'a> {
    /// `None` for an action about no customer.
    pub customer: Option<&'a Customer>,
    pub desk: &'a DeskView,
    /// The time that the plugins were told.
    pub now: Timestamp,
    /// The real time of the decision: an event may have waited.
    pub decided_at: Timestamp,
    /// The handled event; `None` for an action.
    pub event: Option<EventId>,
    /// The length of the chain of causes before.
    pub depth: u8,
}

/// Adds the allowed effects of a run to a changeset, with their preconditions, and sets the result of each proposal.
/// `memories` are the plugin's memory of the customer and its own.
pub(super) fn write(
    changeset: &mut Changeset,
    context: &EffectContext<'_>,
    memories: &(Memory, Memory),
    run: &mut CompletedRun,
) {
    if run.failure.is_some() {
        return;
    }
    expect(changeset, context.customer, memories, run);
    let mut proposals = std::mem::take(&mut run.proposals);
    for (index, proposal) in proposals.iter_mut().enumerate() {
        let done = matches!(
            proposal.decision.outcome,
            VerdictOutcome::Allow | VerdictOutcome::Defer { .. }
        );
        if done {
            let mut writer = Writer {
                changeset,
                context,
                run,
                index,
            };
            proposal.result = writer.apply(&proposal.effect, &proposal.decision);
        }
        // A plugin's own memory may name any customer, and the run's row would outlast their erasure.
        if let Effect::Remember {
            scope: Scope::Plugin,
            value: Some(value),
            ..
        } = &mut proposal.effect
        {
            *value = Json::from(KEPT_THERE);
        }
    }
    run.proposals = proposals;
}

fn expect(
    changeset: &mut Changeset,
    customer: Option<&Customer>,
    (of_customer, own): &(Memory, Memory),
    run: &CompletedRun,
) {
    if !run.proposals.is_empty() {
        changeset.expect(run.active.unchanged());
    }
    let installation = &run.active.installation.id;
    let writes_plugin = run.proposals.iter().any(|proposal| {
        matches!(
            proposal.effect,
            Effect::Remember {
                scope: Scope::Plugin,
                ..
            }
        )
    });
    if writes_plugin || run.read_plugin_memory && !run.proposals.is_empty() {
        changeset.expect(Precondition::Memory {
            installation: installation.clone(),
            customer: None,
            version: own.version,
        });
    }
    if let Some(customer) = customer.filter(|_| !run.proposals.is_empty()) {
        changeset.expect(Precondition::Memory {
            installation: installation.clone(),
            customer: Some(customer.id),
            version: of_customer.version,
        });
        let expect = Precondition::Customer {
            customer: customer.id,
            version: customer.version,
        };
        if !changeset.preconditions.contains(&expect) {
            changeset.expect(expect);
        }
    }
}

struct Writer<'a> {
    changeset: &'a mut Changeset,
    context: &'a EffectContext<'a>,
    run: &'a CompletedRun,
    /// The index of the effect in its run.
    index: usize,
}

impl Writer<'_> {
    fn apply(&mut self, effect: &Effect, decision: &Decision) -> Option<Uuid> {
        if let Effect::Remember { scope, key, value } = effect {
            self.changeset.push(Change::Remember {
                installation: self.plugin(),
                customer: self
                    .context
                    .customer
                    .map(|customer| customer.id)
                    .filter(|_| *scope == Scope::Customer),
                key: key.clone(),
                value: value.clone(),
            });
            return None;
        }
        let customer = self.context.customer?;
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
                    at: timer.at.max(self.context.decided_at + MIN_TIMER),
                    payload: timer.payload.clone(),
                    cause: self.context.event,
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
        self.run.active.installation.id.clone()
    }

    /// Returns an id that is the same for the same effect of the same run.
    fn id(&self, what: &str) -> Uuid {
        crate::ids::derived_at(
            self.context.now,
            &[
                what.as_bytes(),
                self.run.id.0.as_bytes(),
                &self.index.to_le_bytes(),
            ],
        )
    }
}
