use crate::{Closed, Interaction, InteractionId, history, text};

impl Closed {
    /// What follows `prefix` in the group key of a task of the plugin's own; none for all others.
    pub fn key_after(&self, prefix: &str) -> Option<&str> {
        self.group_key.as_deref()?.strip_prefix(prefix)
    }

    /// The interaction of a kind that the task was about, where its group key is `prefix` and the
    /// interaction's id; none for all other tasks.
    pub fn about(&self, prefix: &str, kind: &str) -> Option<Subject> {
        let id = self.key_after(prefix)?;
        Some(Subject {
            id: id.to_owned(),
            title: self.title.clone(),
            interaction: history::find(kind, id),
        })
    }

    /// How it ended, to follow a subject: `was closed as done by Bo: ordered twice a week`.
    pub fn in_words(&self) -> String {
        let by = text::between(" by ", self.closed_by.as_deref(), "");
        let note = text::between(": ", self.note.as_deref(), "");
        format!("was closed as {}{by}{note}", self.outcome)
    }
}

/// What a closed task was [about](Closed::about). It is cited by the interaction's id.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// The interaction's id.
    pub id: InteractionId,
    /// The task's title.
    pub title: String,
    /// The interaction, where it can still be seen.
    pub interaction: Option<Interaction>,
}

impl Subject {
    /// The interaction's text; where there is none to be seen, the task's title.
    pub fn text(&self) -> &str {
        let text = self.interaction.as_ref().and_then(Interaction::text);
        text.unwrap_or(&self.title)
    }

    /// As [`Interaction::member_or`]; `otherwise` also where the interaction cannot be seen.
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
