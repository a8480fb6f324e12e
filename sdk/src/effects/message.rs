use super::shared::{because, body, expires};
use crate::{Because, Instant, Message, Purpose};

impl Message {
    /// Outreach, by email unless [`channels`](Self::channels) says otherwise. `dedupe_key` is the
    /// plugin's own name for this message to this customer: equal keys are one message. It needs
    /// [`value`](Self::value) and [`because`](Self::because).
    pub fn new(
        purpose: Purpose,
        dedupe_key: impl Into<String>,
        subject: impl Into<String>,
    ) -> Message {
        Message {
            purpose,
            topic: None,
            subject: subject.into(),
            body: String::new(),
            channels: vec!["email".to_owned()],
            value: String::new(),
            because: Because::missing(),
            not_before: None,
            expires: None,
            dedupe_key: dedupe_key.into(),
        }
    }

    body!("The text, plain.");

    /// What it is about, in the words in which the business lets customers choose topics: it goes to those who
    /// chose it. Without one, it is about no topic that customers choose.
    pub fn topic(mut self, topic: impl Into<String>) -> Self {
        self.topic = Some(topic.into());
        self
    }

    /// Names of channels, the best one first: `email`, `desk`, or what the business calls its own.
    pub fn channels<C: Into<String>>(mut self, channels: impl IntoIterator<Item = C>) -> Self {
        self.channels = channels.into_iter().map(Into::into).collect();
        self
    }

    /// What is in it for the customer, for those who decide whether it goes out.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    because!();

    /// Not before this moment.
    pub fn not_before(mut self, at: Instant) -> Self {
        self.not_before = Some(at);
        self
    }

    expires!("Not after this moment: late is worse than never.");
}
