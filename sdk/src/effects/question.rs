use super::shared::because;
use crate::{Answered, Because, Question, text};

impl Question {
    /// Creates a question for staff to ask in person. `id` is the plugin's own id for it: the answer comes
    /// back as [`Event::QuestionAnswered`](crate::Event::QuestionAnswered) with the same id.
    /// [`because`](Self::because) is required.
    pub fn new(id: impl Into<String>, text: impl Into<String>) -> Question {
        Question {
            id: id.into(),
            text: text.into(),
            choices: Vec::new(),
            because: Because::missing(),
        }
    }

    /// Sets the answers to choose from. Without any, the answer is free text.
    pub fn choices<C: Into<String>>(mut self, choices: impl IntoIterator<Item = C>) -> Self {
        self.choices = choices.into_iter().map(Into::into).collect();
        self
    }

    because!();
}

impl Answered {
    /// Returns the trimmed answer to the plugin's question `id`. `None` for other questions and blank
    /// answers.
    pub fn answer_to(&self, id: &str) -> Option<&str> {
        text::some(&self.answer).filter(|_| self.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_belongs_to_its_question() {
        let answered = |answer: &str| Answered {
            id: "why".to_owned(),
            answer: answer.to_owned(),
            answered_by: None,
            interaction: "i1".to_owned(),
        };
        assert_eq!(answered(" for me\n").answer_to("why"), Some("for me"));
        assert_eq!(answered("for me").answer_to("what"), None);
        assert_eq!(answered(" \n").answer_to("why"), None);
    }
}
