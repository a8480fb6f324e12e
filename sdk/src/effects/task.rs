use super::shared::{because, body};
use crate::{Because, Closed, Instant, Task, text};

impl Task {
    /// Work for a person: `role` is whom it is for. It needs [`because`](Self::because). When it
    /// is closed, a plugin that subscribes to `task.closed` gets
    /// [`Event::TaskClosed`](crate::Event::TaskClosed).
    pub fn new(role: impl Into<String>, title: impl Into<String>) -> Task {
        Task {
            title: title.into(),
            body: String::new(),
            role: role.into(),
            due: None,
            urgent: false,
            group_key: None,
            because: Because::missing(),
        }
    }

    body!("What there is to know.");

    /// When it should be done.
    pub fn due(mut self, at: Instant) -> Self {
        self.due = Some(at);
        self
    }

    /// It goes before everything else.
    pub fn urgent(mut self) -> Self {
        self.urgent = true;
        self
    }

    /// It goes before everything else where `urgent` says so.
    pub fn urgent_if(mut self, urgent: bool) -> Self {
        self.urgent = urgent;
        self
    }

    /// Open tasks of one key are one task; it is handed back when the task is closed.
    pub fn group_key(mut self, key: impl Into<String>) -> Self {
        self.group_key = Some(key.into());
        self
    }

    because!();
}

impl Closed {
    /// What follows `prefix` in the group key of a task of the plugin's own; none for all others.
    pub fn key_after(&self, prefix: &str) -> Option<&str> {
        self.group_key.as_deref()?.strip_prefix(prefix)
    }

    /// How it ended, to follow a subject: `was closed as done by Bo: ordered twice a week`.
    pub fn in_words(&self) -> String {
        let by = text::between(" by ", self.closed_by.as_deref(), "");
        let note = text::between(": ", self.note.as_deref(), "");
        format!("was closed as {}{by}{note}", self.outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urgent_where_it_is_said() {
        assert!(Task::new("owner", "Look").urgent_if(true).urgent);
        assert!(!Task::new("owner", "Look").urgent().urgent_if(false).urgent);
    }
}
