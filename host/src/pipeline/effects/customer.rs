//! Effects on a customer's record and history. Each appends an event.

use uuid::Uuid;

use super::Writer;
use crate::engine::{append_event, cancel_messages};
use crate::model::*;
use crate::store::Change;

impl Writer<'_> {
    pub(super) fn tag(&mut self, customer: &Customer, tag: &str, put: bool) -> Option<Uuid> {
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

    /// Lowers the level at once. A raise opens a task, because only a person may raise it.
    pub(super) fn level(
        &mut self,
        customer: &Customer,
        level: Level,
        because: &Because,
    ) -> Option<Uuid> {
        if level < customer.level {
            self.changeset.push(Change::SetLevel {
                customer: customer.id,
                level,
            });
            let why = format!(
                "{} saw that the customer wants less contact.",
                self.plugin()
            );
            self.changeset.push(cancel_messages(customer.id, &why));
            let fields = vec!["level".to_owned()];
            return Some(self.event(customer.id, EventData::CustomerChanged { fields }));
        }
        if level == customer.level {
            return None;
        }
        let id = self.id("task");
        self.changeset.push(Change::OpenTask(Task {
            id: TaskId(id),
            customer: customer.id,
            plugin: Some(self.plugin()),
            run: Some(self.run.id),
            title: format!(
                "Ask whether they would like more contact ({} now, {} proposed)",
                customer.level.as_str(),
                level.as_str()
            ),
            body: format!(
                "{} proposes it. Only the customer or you may raise the level.",
                self.plugin()
            ),
            role: "staff".to_owned(),
            urgent: false,
            due_at: None,
            group_key: Some(crate::policy::duplicate::LEVEL_GROUP.to_owned()),
            because: because.clone(),
            created_at: self.context.now,
            state: TaskState::Open,
            outcome: None,
            note: None,
            closed_by: None,
            closed_at: None,
        }));
        Some(id)
    }

    pub(super) fn record(&mut self, customer: CustomerId, entry: &Entry) -> Uuid {
        let interaction = Interaction {
            id: InteractionId(self.id("interaction")),
            customer,
            kind: entry.kind.clone(),
            direction: entry.direction,
            occurred_at: self.context.now,
            channel: entry.channel.clone(),
            subject: entry.subject.clone(),
            body: entry.body.clone(),
            data: entry.data.clone(),
        };
        let id = interaction.id.0;
        self.changeset.append_interaction(interaction.clone());
        self.append(
            crate::ids::event_of(InteractionId(id)),
            customer,
            EventData::InteractionRecorded { interaction },
        );
        id
    }

    pub(super) fn event(&mut self, customer: CustomerId, data: EventData) -> Uuid {
        let id = self.id("event");
        self.append(EventId(id), customer, data);
        id
    }

    pub(super) fn append(&mut self, id: EventId, customer: CustomerId, data: EventData) {
        let event = NewEvent {
            id,
            customer,
            time: self.context.now,
            cause: self.context.event,
            depth: self.context.depth.saturating_add(1),
            data,
        };
        self.changeset.push(append_event(event));
    }
}
