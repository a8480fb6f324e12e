use super::shared::{because, body, expires};
use crate::{Because, Instant, Message, Purpose};

impl Message {
    /// Creates a message, by email unless [`channels`](Self::channels) says otherwise. `dedupe_key` is the
    /// plugin's own key for this message to this customer: messages with equal keys are one message.
    /// [`value`](Self::value) and [`because`](Self::because) are required.
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

    body!("Sets the plain text.");

    /// Sets the topic, one of those that customers of the business can choose. The message goes only to those
    /// who chose it. A message without a topic is independent of them.
    pub fn topic(mut self, topic: impl Into<String>) -> Self {
        self.topic = Some(topic.into());
        self
    }

    /// Sets the channels by name, in order of preference: `email`, `desk`, or the business's own.
    pub fn channels<C: Into<String>>(mut self, channels: impl IntoIterator<Item = C>) -> Self {
        self.channels = channels.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the benefit for the customer, for those who decide about the message.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    because!();

    /// Sets the earliest time.
    pub fn not_before(mut self, at: Instant) -> Self {
        self.not_before = Some(at);
        self
    }

    expires!("Sets the time at which the message loses its use.");
}
