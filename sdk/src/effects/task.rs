use super::shared::{because, body};
use crate::{Because, Instant, Task};

impl Task {
    /// Creates work for a person. `role` is the assignee. [`because`](Self::because) is required. A plugin
    /// that subscribes to `task.closed` receives [`Event::TaskClosed`](crate::Event::TaskClosed) when it is
    /// closed.
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

    body!("Sets the details.");

    /// Sets the due time.
    pub fn due(mut self, at: Instant) -> Self {
        self.due = Some(at);
        self
    }

    /// Marks the task as urgent.
    pub fn urgent(mut self) -> Self {
        self.urgent = true;
        self
    }

    /// Marks the task as urgent if `urgent` is true.
    pub fn urgent_if(mut self, urgent: bool) -> Self {
        self.urgent = urgent;
        self
    }

    /// Sets the group key. Open tasks with the same key are merged, and the closed task returns the key.
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
    fn urgent_if_sets_urgency() {
        assert!(Task::new("owner", "Look").urgent_if(true).urgent);
        assert!(!Task::new("owner", "Look").urgent().urgent_if(false).urgent);
    }
}
