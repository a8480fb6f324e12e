use serde::Serialize;
use serde_json::{Map, Value};

use crate::{Direction, Entry};

impl Entry {
    /// Creates an act or statement of the customer for their history. The host adds an id, a time and a
    /// cause.
    pub fn inbound(kind: impl Into<String>) -> Entry {
        Entry::new(kind, Direction::Inbound)
    }

    /// Creates an act of the business towards the customer.
    pub fn outbound(kind: impl Into<String>) -> Entry {
        Entry::new(kind, Direction::Outbound)
    }

    /// Creates a note within the business.
    pub fn internal(kind: impl Into<String>) -> Entry {
        Entry::new(kind, Direction::Internal)
    }

    fn new(kind: impl Into<String>, direction: Direction) -> Entry {
        Entry {
            kind: kind.into(),
            direction,
            channel: None,
            subject: None,
            body: None,
            data: "{}".to_owned(),
        }
    }

    /// Sets the place or medium, such as `desk` or `email`.
    pub fn channel(mut self, channel: impl Into<String>) -> Self {
        self.channel = Some(channel.into());
        self
    }

    /// Sets the subject.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Sets the text.
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Sets kind-specific data.
    ///
    /// # Panics
    /// If `data` has no JSON form, such as a map whose keys are not strings.
    pub fn data(mut self, data: &impl Serialize) -> Self {
        self.data = super::small::json(data);
        self
    }

    /// Sets the data to named texts, without the `None`s. [`Interaction::member`](crate::Interaction::member)
    /// reads them.
    pub fn members<const N: usize>(self, members: [(&str, Option<&str>); N]) -> Self {
        let given = members.into_iter().filter(|(_, text)| text.is_some());
        let given: Map<String, Value> = given.map(|(name, it)| (name.into(), it.into())).collect();
        self.data(&given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_omit_none() {
        let entry = Entry::inbound("feedback").members([("by", Some("Anna")), ("topic", None)]);
        assert_eq!(entry.data, r#"{"by":"Anna"}"#);
    }
}
