use serde::Serialize;
use serde_json::{Map, Value};

use crate::{Direction, Entry};

impl Entry {
    /// Something that the customer did or said, for their own history: an interaction of `kind`.
    /// The host gives it an id, the moment, and what caused it.
    pub fn inbound(kind: impl Into<String>) -> Entry {
        Entry::new(kind, Direction::Inbound)
    }

    /// Something that the business did towards the customer.
    pub fn outbound(kind: impl Into<String>) -> Entry {
        Entry::new(kind, Direction::Outbound)
    }

    /// Something that the business noted for itself.
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

    /// Where it passed: `desk`, `email`, …
    pub fn channel(mut self, channel: impl Into<String>) -> Self {
        self.channel = Some(channel.into());
        self
    }

    /// What it was about.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// The words.
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Data of the kind.
    ///
    /// # Panics
    /// Where `data` has no JSON form: a map whose keys are not strings, say.
    pub fn data(mut self, data: &impl Serialize) -> Self {
        self.data = super::small::json(data);
        self
    }

    /// Data that is texts by name; those that are none are left out. They are read again with
    /// [`Interaction::member`](crate::Interaction::member).
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
    fn members_that_are_none_are_left_out() {
        let entry = Entry::inbound("feedback").members([("by", Some("Anna")), ("topic", None)]);
        assert_eq!(entry.data, r#"{"by":"Anna"}"#);
    }
}
