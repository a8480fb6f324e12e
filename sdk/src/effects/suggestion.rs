use super::shared::{because, body, expires};
use crate::{Because, Suggestion};

impl Suggestion {
    /// Creates a card at the desk. [`because`](Self::because) is required.
    pub fn new(title: impl Into<String>) -> Suggestion {
        Suggestion {
            title: title.into(),
            body: String::new(),
            action: None,
            because: Because::missing(),
            expires: None,
        }
    }

    body!("Sets the text: a few sentences that staff could say or do.");

    because!();

    /// Offers one of the plugin's own actions as a button on the card.
    pub fn action(mut self, action: impl Into<String>) -> Self {
        self.action = Some(action.into());
        self
    }

    expires!("Sets the time at which the card loses its use.");
}
