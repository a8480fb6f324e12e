//! Cards, questions and tasks. Closing one twice changes nothing.

use super::Apply;
use crate::sql::codec::{json, millis, word};
use crate::sql::{Result, SqlConnection, params};
use regulars_model::*;

impl<C: SqlConnection> Apply<'_, C> {
    pub(super) fn open_card(&mut self, card: &Card) -> Result<()> {
        let customer = self.customer_key(card.customer)?;
        let installation = self.installation_key(&card.plugin)?;
        self.execute(
            "UPDATE card SET state = ? WHERE customer = ? AND installation = ? AND state = 'open'",
            params![word(&CardState::Superseded)?, customer, installation],
        )?;
        self.execute(
            "INSERT INTO card (id, customer, installation, run, title, body, action, because,
                 created_at, expires_at, state)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                card.id.0.as_bytes(),
                customer,
                installation,
                card.run.0.as_bytes(),
                card.title,
                card.body,
                card.action,
                json(&card.because)?,
                card.created_at.as_millisecond(),
                millis(card.expires_at),
                word(&card.state)?,
            ],
        )?;
        Ok(())
    }

    pub(super) fn close_card(&self, card: CardId, state: CardState) -> Result<()> {
        self.execute(
            "UPDATE card SET state = ? WHERE id = ? AND state = 'open'",
            params![word(&state)?, card.0.as_bytes()],
        )?;
        Ok(())
    }

    pub(super) fn dismiss_cards_of(&mut self, installation: &InstallationId) -> Result<()> {
        let installation = self.installation_key(installation)?;
        self.execute(
            "UPDATE card SET state = ? WHERE installation = ? AND state = 'open'",
            params![word(&CardState::Dismissed)?, installation],
        )?;
        Ok(())
    }

    pub(super) fn open_question(&mut self, question: &Question) -> Result<()> {
        let customer = self.customer_key(question.customer)?;
        let installation = self.installation_key(&question.plugin)?;
        self.execute(
            "INSERT INTO question (id, customer, installation, run, name, text, choices, because,
                 created_at, state, answer, answered_by)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                question.id.0.as_bytes(),
                customer,
                installation,
                question.run.0.as_bytes(),
                question.name,
                question.text,
                json(&question.choices)?,
                json(&question.because)?,
                question.created_at.as_millisecond(),
                word(&question.state)?,
                question.answer,
                question.answered_by,
            ],
        )?;
        Ok(())
    }

    pub(super) fn close_question(
        &self,
        question: QuestionId,
        state: QuestionState,
        answer: Option<String>,
        answered_by: Option<String>,
    ) -> Result<()> {
        self.execute(
            "UPDATE question SET state = ?, answer = ?, answered_by = ?
             WHERE id = ? AND state = 'open'",
            params![word(&state)?, answer, answered_by, question.0.as_bytes()],
        )?;
        Ok(())
    }

    pub(super) fn dismiss_questions_of(&mut self, installation: &InstallationId) -> Result<()> {
        let installation = self.installation_key(installation)?;
        self.execute(
            "UPDATE question SET state = ? WHERE installation = ? AND state = 'open'",
            params![word(&QuestionState::Dismissed)?, installation],
        )?;
        Ok(())
    }

    pub(super) fn open_task(&mut self, task: &Task) -> Result<()> {
        let customer = self.customer_key(task.customer)?;
        let installation = match &task.plugin {
            Some(plugin) => Some(self.installation_key(plugin)?),
            None => None,
        };
        self.execute(
            "INSERT INTO task (id, customer, installation, run, title, body, role, urgent, due_at,
                 group_key, because, created_at, state, outcome, note, closed_by, closed_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                task.id.0.as_bytes(),
                customer,
                installation,
                task.run.as_ref().map(|run| run.0.as_bytes()),
                task.title,
                task.body,
                task.role,
                task.urgent,
                millis(task.due_at),
                task.group_key,
                json(&task.because)?,
                task.created_at.as_millisecond(),
                word(&task.state)?,
                task.outcome,
                task.note,
                task.closed_by,
                millis(task.closed_at),
            ],
        )?;
        Ok(())
    }

    pub(super) fn close_task(
        &self,
        task: TaskId,
        outcome: &str,
        note: Option<String>,
        closed_by: Option<String>,
        at: Timestamp,
    ) -> Result<()> {
        self.execute(
            "UPDATE task SET state = ?, outcome = ?, note = ?, closed_by = ?, closed_at = ?
             WHERE id = ? AND state = 'open'",
            params![
                word(&TaskState::Closed)?,
                outcome,
                note,
                closed_by,
                at.as_millisecond(),
                task.0.as_bytes(),
            ],
        )?;
        Ok(())
    }
}
