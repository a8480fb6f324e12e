use super::shared::{because, body};
use crate::{Because, Instant, Task};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urgent_where_it_is_said() {
        assert!(Task::new("owner", "Look").urgent_if(true).urgent);
        assert!(!Task::new("owner", "Look").urgent().urgent_if(false).urgent);
    }
}
