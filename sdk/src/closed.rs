use crate::{Closed, Interaction, InteractionId, history, text};

impl Closed {
    /// Returns the rest of the task's group key after `prefix`. `None` for other tasks.
    pub fn key_after(&self, prefix: &str) -> Option<&str> {
        self.group_key.as_deref()?.strip_prefix(prefix)
    }

    /// Returns the interaction of `kind` that the task was about, if its group key is `prefix` followed by
    /// the interaction's id. `None` for other tasks.
    pub fn about(&self, prefix: &str, kind: &str) -> Option<Subject> {
        let id = self.key_after(prefix)?;
        Some(Subject {
            id: id.to_owned(),
            title: self.title.clone(),
            interaction: history::find(kind, id),
        })
    }

    /// Returns the end of the task as a clause that follows a subject: `was closed as done by Bo: ordered
    /// twice a week`.
    pub fn in_words(&self) -> String {
        let by = text::between(" by ", self.closed_by.as_deref(), "");
        let note = text::between(": ", self.note.as_deref(), "");
        format!("was closed as {}{by}{note}", self.outcome)
    }
}

/// The interaction that a closed task was [about](Closed::about). It is cited by its id.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// The interaction's id.
    pub id: InteractionId,
    /// The task's title.
    pub title: String,
    /// The interaction. `None` if it is no longer visible.
    pub interaction: Option<Interaction>,
}

impl Subject {
    /// Returns the interaction's text, or else the task's title.
    pub fn text(&self) -> &str {
        let text = self.interaction.as_ref().and_then(Interaction::text);
        text.unwrap_or(&self.title)
    }

    /// [`Interaction::member_or`] of the interaction. Returns `otherwise` if it is not visible.
    pub fn member_or(&self, name: &str, otherwise: &str) -> String {
        let interaction = self.interaction.as_ref();
        interaction.map_or(otherwise.to_owned(), |it| it.member_or(name, otherwise))
    }
}

impl From<&Subject> for InteractionId {
    fn from(subject: &Subject) -> InteractionId {
        subject.id.clone()
    }
}
