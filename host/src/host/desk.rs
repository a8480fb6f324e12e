use super::{Host, validate};
use crate::error::Error;
use crate::model::*;
use crate::store::{Change, Changeset, PageRequest, Precondition, StoreError, TaskQuery};

impl Host {
    /// Returns the customer's desk: open cards, questions and tasks.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn desk(&self, customer: CustomerId) -> Result<Desk, Error> {
        self.engine
            .store
            .desk(customer, self.now())?
            .ok_or_else(|| self.engine.no_customer(customer))
    }

    /// Closes an open card as `Done` or `Dismissed`.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the card is no longer open.
    pub fn close_card(&self, id: CardId, state: CardState) -> Result<Card, Error> {
        self.engine.check_open()?;
        if !matches!(state, CardState::Done | CardState::Dismissed) {
            return Err(Error::invalid("/state", "done or dismissed is expected"));
        }
        self.card(id)?;
        let mut changeset = Changeset::new();
        changeset.expect(Precondition::CardOpen(id));
        changeset.push(Change::CloseCard { card: id, state });
        self.close(changeset, "card")?;
        self.card(id)
    }

    fn card(&self, id: CardId) -> Result<Card, Error> {
        self.engine
            .store
            .card(id)?
            .ok_or_else(|| Error::not_found("card", id))
    }

    /// Records a customer's answer. It becomes a `note` in the history, and the plugin that asked receives
    /// `question.answered`.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the answer is empty or not among the choices. [`Error::Conflict`] if the question is no
    /// longer open.
    pub fn answer_question(
        &self,
        id: QuestionId,
        answer: &str,
        answered_by: Option<String>,
    ) -> Result<Question, Error> {
        self.engine.check_open()?;
        let question = self.question(id)?;
        if answer.trim().is_empty() || answer.chars().count() > 2000 {
            return Err(Error::invalid(
                "/answer",
                "1 to 2000 characters are expected",
            ));
        }
        if !question.choices.is_empty() && !question.choices.iter().any(|choice| choice == answer) {
            return Err(Error::invalid(
                "/answer",
                format!(
                    "one of the choices is expected: {}",
                    question.choices.join(", ")
                ),
            ));
        }
        validate::line("/answered_by", answered_by.as_deref())?;
        let now = self.now();
        let interaction = Interaction {
            id: InteractionId(self.engine.ids.next(now)),
            customer: question.customer,
            kind: "note".to_owned(),
            direction: Direction::Inbound,
            occurred_at: now,
            channel: Some("desk".to_owned()),
            subject: Some(question.text.clone()),
            body: Some(answer.to_owned()),
            data: serde_json::json!({ "question": question.name, "asked_for": question.plugin }),
        };
        let mut changeset = Changeset::new();
        changeset.expect(Precondition::QuestionOpen(id));
        changeset.push(Change::CloseQuestion {
            question: id,
            state: QuestionState::Answered,
            answer: Some(answer.to_owned()),
            answered_by: answered_by.clone(),
        });
        changeset.append_interaction(interaction.clone());
        let evidence = interaction.id;
        changeset.push(self.event(
            question.customer,
            EventData::InteractionRecorded { interaction },
        ));
        let answered = EventData::QuestionAnswered {
            question: id,
            installation: question.plugin.clone(),
            name: question.name.clone(),
            answer: answer.to_owned(),
            answered_by,
            interaction: evidence,
        };
        changeset.push(self.event(question.customer, answered));
        self.close(changeset, "question")?;
        self.question(id)
    }

    /// Dismisses a question without an answer.
    pub fn dismiss_question(&self, id: QuestionId) -> Result<Question, Error> {
        self.engine.check_open()?;
        self.question(id)?;
        let mut changeset = Changeset::new();
        changeset.expect(Precondition::QuestionOpen(id));
        changeset.push(Change::CloseQuestion {
            question: id,
            state: QuestionState::Dismissed,
            answer: None,
            answered_by: None,
        });
        self.close(changeset, "question")?;
        self.question(id)
    }

    /// # Errors
    /// [`Error::NotFound`].
    pub fn question(&self, id: QuestionId) -> Result<Question, Error> {
        self.engine
            .store
            .question(id)?
            .ok_or_else(|| Error::not_found("question", id))
    }

    /// Returns tasks, newest first.
    pub fn tasks(&self, query: &TaskQuery, page: PageRequest) -> Result<Page<Task>, Error> {
        Ok(self.engine.store.tasks(query, page)?)
    }

    /// # Errors
    /// [`Error::NotFound`].
    pub fn task(&self, id: TaskId) -> Result<Task, Error> {
        self.engine
            .store
            .task(id)?
            .ok_or_else(|| Error::not_found("task", id))
    }

    /// Closes a task with its outcome. The plugin that proposed it receives `task.closed`.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the task is already closed.
    pub fn close_task(
        &self,
        id: TaskId,
        outcome: &str,
        note: Option<String>,
        closed_by: Option<String>,
    ) -> Result<Task, Error> {
        self.engine.check_open()?;
        let task = self.task(id)?;
        if outcome.trim().is_empty() {
            return Err(Error::invalid(
                "/outcome",
                "say in a few words what came of it, such as: done",
            ));
        }
        validate::line("/outcome", Some(outcome))?;
        validate::line("/closed_by", closed_by.as_deref())?;
        if note
            .as_ref()
            .is_some_and(|note| note.chars().count() > 2000)
        {
            return Err(Error::invalid(
                "/note",
                "at most 2000 characters are accepted",
            ));
        }
        let mut changeset = Changeset::new();
        changeset.expect(Precondition::TaskOpen(id));
        changeset.push(Change::CloseTask {
            task: id,
            outcome: outcome.to_owned(),
            note: note.clone(),
            closed_by: closed_by.clone(),
            at: self.now(),
        });
        let closed = EventData::TaskClosed {
            task: id,
            installation: task.plugin,
            title: task.title,
            group_key: task.group_key,
            outcome: outcome.to_owned(),
            note,
            closed_by,
            evidence: task.because.evidence,
        };
        changeset.push(self.event(task.customer, closed));
        self.close(changeset, "task")?;
        self.task(id)
    }

    fn close(&self, changeset: Changeset, what: &'static str) -> Result<(), Error> {
        match self.engine.commit(changeset) {
            Err(Error::Store(StoreError::Conflict(_))) => Err(Error::Conflict {
                what,
                problem: "it is not open any more: somebody else was quicker".to_owned(),
            }),
            other => other.map(drop),
        }
    }
}
