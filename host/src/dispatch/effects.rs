use jiff::SignedDuration;
use uuid::Uuid;

use super::Ran;
use crate::model::*;
use crate::plugin::PluginSet;
use crate::snapshot::Snapshot;
use crate::store::{Change, Changeset, Expect, Memory, Timer};

/// A timer fires no sooner than this after it was set, so that a plugin which always wakes itself
/// at once cannot keep the host busy.
const MIN_TIMER: SignedDuration = SignedDuration::from_mins(1);

/// Where effects come from.
pub(crate) struct Origin<'a> {
    pub now: Timestamp,
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
    }
    ran.proposals = proposals;
}

fn expect(changeset: &mut Changeset, basis: &Outcome<'_>, ran: &Ran) {
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
                    at: timer.at.max(self.origin.now + MIN_TIMER),
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

    fn suggest(&mut self, customer: CustomerId, suggestion: &Suggestion) -> Uuid {
        let id = self.id("card");
        self.changeset.push(Change::OpenCard(Card {
            id: CardId(id),
            customer,
            plugin: self.plugin(),
            run: self.ran.id,
            title: suggestion.title.clone(),
            body: suggestion.body.clone(),
            action: suggestion.action.clone(),
            because: suggestion.because.clone(),
            created_at: self.origin.now,
            expires_at: suggestion.expires,
            state: CardState::Open,
        }));
        id
    }

    fn ask(&mut self, customer: CustomerId, question: &QuestionProposal) -> Uuid {
        let id = self.id("question");
        self.changeset.push(Change::OpenQuestion(Question {
            id: QuestionId(id),
            customer,
            plugin: self.plugin(),
            run: self.ran.id,
            name: question.id.clone(),
            text: question.text.clone(),
            choices: question.choices.clone(),
            because: question.because.clone(),
            created_at: self.origin.now,
            state: QuestionState::Open,
            answer: None,
            answered_by: None,
        }));
        id
    }

    fn message(
        &mut self,
        customer: CustomerId,
        message: &MessageProposal,
        decision: &Decision,
    ) -> Uuid {
        let id = self.id("message");
        self.changeset.push(Change::PutMessage(Message {
            id: MessageId(id),
            customer,
            plugin: self.plugin(),
            run: self.ran.id,
            purpose: message.purpose,
            subject: message.subject.clone(),
            body: message.body.clone(),
            channels: message.channels.clone(),
            value: message.value.clone(),
            because: message.because.clone(),
            created_at: self.origin.now,
            not_before: message.not_before,
            expires_at: message.expires,
            dedupe_key: message.dedupe_key.clone(),
            state: MessageState::Proposed,
            decision: decision.clone(),
        }));
        id
    }

    fn task(&mut self, customer: CustomerId, task: &TaskProposal) -> Uuid {
        let id = self.id("task");
        self.changeset.push(Change::OpenTask(Task {
            id: TaskId(id),
            customer,
            plugin: Some(self.plugin()),
            run: Some(self.ran.id),
            title: task.title.clone(),
            body: task.body.clone(),
            role: task.role.clone(),
            urgent: task.urgent,
            due_at: task.due,
            group_key: task.group_key.clone(),
            because: task.because.clone(),
            created_at: self.origin.now,
            state: TaskState::Open,
            outcome: None,
            note: None,
            closed_by: None,
            closed_at: None,
        }));
        id
    }

    fn tag(&mut self, customer: &Customer, tag: &str, put: bool) -> Option<Uuid> {
        if customer.tags.contains(tag) == put {
            return None;
        }
        let (customer, tag) = (customer.id, tag.to_owned());
        self.changeset.push(if put {
            Change::Tag { customer, tag }
        } else {
            Change::Untag { customer, tag }
        });
        Some(self.event(
            customer,
            EventData::CustomerChanged {
                fields: vec!["tags".to_owned()],
            },
        ))
    }

    /// Less contact at once; more only through a person, whom a task asks.
    fn level(&mut self, customer: &Customer, level: Level, because: &Because) -> Option<Uuid> {
        if level < customer.level {
            self.changeset.push(Change::SetLevel {
                customer: customer.id,
                level,
            });
            let fields = vec!["level".to_owned()];
            return Some(self.event(customer.id, EventData::CustomerChanged { fields }));
        }
        if level == customer.level {
            return None;
        }
        let word = |level| match level {
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
        };
        let id = self.id("task");
        self.changeset.push(Change::OpenTask(Task {
            id: TaskId(id),
            customer: customer.id,
            plugin: None,
            run: Some(self.ran.id),
            title: format!(
                "Ask whether they would like more contact ({} now, {} proposed)",
                word(customer.level),
                word(level)
            ),
            body: format!(
                "{} proposes it. Only the customer or you may raise the level.",
                self.plugin()
            ),
            role: "staff".to_owned(),
            urgent: false,
            due_at: None,
            group_key: Some("level".to_owned()),
            because: because.clone(),
            created_at: self.origin.now,
            state: TaskState::Open,
            outcome: None,
            note: None,
            closed_by: None,
            closed_at: None,
        }));
        Some(id)
    }

    fn record(&mut self, customer: CustomerId, entry: &Entry) -> Uuid {
        let interaction = Interaction {
            id: InteractionId(self.id("interaction")),
            customer,
            kind: entry.kind.clone(),
            direction: entry.direction,
            occurred_at: self.origin.now,
            channel: entry.channel.clone(),
            subject: entry.subject.clone(),
            body: entry.body.clone(),
            data: entry.data.clone(),
        };
        let id = interaction.id.0;
        self.changeset.push(Change::AppendInteraction {
            interaction: interaction.clone(),
            if_absent: false,
        });
        self.append(
            EventId(id),
            customer,
            EventData::InteractionRecorded { interaction },
        );
        id
    }

    fn event(&mut self, customer: CustomerId, data: EventData) -> Uuid {
        let id = self.id("event");
        self.append(EventId(id), customer, data);
        id
    }

    fn append(&mut self, id: EventId, customer: CustomerId, data: EventData) {
        let pending = super::wanted(self.origin.plugins, &data);
        let event = NewEvent {
            id,
            customer,
            time: self.origin.now,
            cause: self.origin.event,
            depth: self.origin.depth.saturating_add(1),
            data,
        };
        self.changeset.push(Change::AppendEvent { event, pending });
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
