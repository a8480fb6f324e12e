use super::shared::because;
use crate::{Because, Question};

impl Question {
    /// One question for staff to put in person. `id` is the plugin's own name for it: the answer
    /// comes back as [`Event::QuestionAnswered`](crate::Event::QuestionAnswered) with the same id.
    /// It needs [`because`](Self::because).
    pub fn new(id: impl Into<String>, text: impl Into<String>) -> Question {
        Question {
            id: id.into(),
            text: text.into(),
            choices: Vec::new(),
            because: Because::missing(),
        }
    }

    /// Answers to choose from; without any, the answer is free text.
    pub fn choices<C: Into<String>>(mut self, choices: impl IntoIterator<Item = C>) -> Self {
        self.choices = choices.into_iter().map(Into::into).collect();
        self
    }

    because!();
}
