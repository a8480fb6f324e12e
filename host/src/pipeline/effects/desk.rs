//! Effects on the desk, the tasks and the outbox.

use uuid::Uuid;

use super::Writer;
use crate::model::*;
use crate::store::Change;

impl Writer<'_> {
    pub(super) fn suggest(&mut self, customer: CustomerId, suggestion: &Suggestion) -> Uuid {
        let id = self.id("card");
        self.changeset.push(Change::OpenCard(Card {
            id: CardId(id),
            customer,
            plugin: self.plugin(),
            run: self.run.id,
            title: suggestion.title.clone(),
            body: suggestion.body.clone(),
            action: suggestion.action.clone(),
            because: suggestion.because.clone(),
            created_at: self.context.now,
            expires_at: suggestion.expires,
            state: CardState::Open,
        }));
        id
    }

    pub(super) fn ask(&mut self, customer: CustomerId, question: &QuestionProposal) -> Uuid {
        let id = self.id("question");
        self.changeset.push(Change::OpenQuestion(Question {
            id: QuestionId(id),
            customer,
            plugin: self.plugin(),
            run: self.run.id,
            name: question.id.clone(),
            text: question.text.clone(),
            choices: question.choices.clone(),
            because: question.because.clone(),
            created_at: self.context.now,
            state: QuestionState::Open,
            answer: None,
            answered_by: None,
        }));
        id
    }

    pub(super) fn message(
        &mut self,
        customer: CustomerId,
        message: &MessageProposal,
        decision: &Decision,
    ) -> Uuid {
        let id = self.id("message");
        let place = u32::try_from(self.index).unwrap_or(u32::MAX);
        self.changeset.push(Change::PutMessage(Message {
            id: MessageId(id),
            customer,
            plugin: self.plugin(),
            run: self.run.id,
            purpose: message.purpose,
            subject: message.subject.clone(),
            body: message.body.clone(),
            channels: message.channels.clone(),
            value: message.value.clone(),
            because: message.because.clone(),
            created_at: self.context.now,
            not_before: message.not_before,
            expires_at: message.expires,
            dedupe_key: message.dedupe_key.clone(),
            state: MessageState::Queued,
            decision: decision.clone(),
            topic: message.topic.clone(),
            channel: decision.route.as_ref().map(|route| route.channel.clone()),
            due_at: Some(match decision.outcome {
                VerdictOutcome::Defer { until: Some(until) } => until,
                _ => self.context.decided_at,
            }),
            decided_at: self.context.decided_at,
            attempts: 0,
            sent_at: None,
            unconfirmed_at: None,
            cancel: None,
            detail: None,
            point: decision.route.as_ref().and_then(|route| route.point),
            // Every message got its fingerprint before the decision.
            fingerprint: self
                .run
                .fingerprints
                .get(&place)
                .copied()
                .unwrap_or_default(),
            cause_at: self.run.causes.get(&place).copied(),
        }));
        id
    }

    pub(super) fn task(&mut self, customer: CustomerId, task: &TaskProposal) -> Uuid {
        let id = self.id("task");
        self.changeset.push(Change::OpenTask(Task {
            id: TaskId(id),
            customer,
            plugin: Some(self.plugin()),
            run: Some(self.run.id),
            title: task.title.clone(),
            body: task.body.clone(),
            role: task.role.clone(),
            urgent: task.urgent,
            due_at: task.due,
            group_key: task.group_key.clone(),
            because: task.because.clone(),
            created_at: self.context.now,
            state: TaskState::Open,
            outcome: None,
            note: None,
            closed_by: None,
            closed_at: None,
        }));
        id
    }
}
