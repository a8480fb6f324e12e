use super::shared::{because, body, expires};
use crate::{Because, Suggestion};

impl Suggestion {
    /// A card at the desk. It needs [`because`](Self::because).
    pub fn new(title: impl Into<String>) -> Suggestion {
        Suggestion {
            title: title.into(),
            body: String::new(),
            action: None,
            because: Because::missing(),
            expires: None,
        }
    }

    body!("What staff could say or do, in a sentence or three.");

    because!();

    /// One of the plugin's own actions, offered as a button on the card.
    pub fn action(mut self, action: impl Into<String>) -> Self {
        self.action = Some(action.into());
        self
    }

    expires!("When the card is no use any more.");
}
