use crate::{Because, Instant, InteractionId, Suggestion};

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

    /// What staff could say or do, in a sentence or three.
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    /// Why, and the interactions that show it. See [`Because::new`].
    pub fn because<I: Into<InteractionId>>(
        mut self,
        reason: impl Into<String>,
        evidence: impl IntoIterator<Item = I>,
    ) -> Self {
        self.because = Because::new(reason, evidence);
        self
    }

    /// One of the plugin's own actions, offered as a button on the card.
    pub fn action(mut self, action: impl Into<String>) -> Self {
        self.action = Some(action.into());
        self
    }

    /// When the card is no use any more.
    pub fn expires(mut self, at: Instant) -> Self {
        self.expires = Some(at);
        self
    }
}
