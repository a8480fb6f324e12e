use crate::{Birthday, Customer, Level};

/// A customer to be: see [`Scene::customer`](super::Scene::customer). What is not said is unknown,
/// and the level is `low`.
#[derive(Debug)]
pub struct Person(pub(super) Customer);

impl Person {
    /// The name as the business writes it.
    pub fn display_name(mut self, name: &str) -> Person {
        self.0.display_name = Some(name.to_owned());
        self
    }

    /// The name they are called by.
    pub fn given_name(mut self, name: &str) -> Person {
        self.0.given_name = Some(name.to_owned());
        self
    }

    /// BCP 47.
    pub fn language(mut self, language: &str) -> Person {
        self.0.language = Some(language.to_owned());
        self
    }

    /// See [`Birthday::new`] and [`Birthday::yearless`].
    pub fn birthday(mut self, birthday: Birthday) -> Person {
        self.0.birthday = Some(birthday);
        self
    }

    /// How much contact they want.
    pub fn level(mut self, level: Level) -> Person {
        self.0.level = level;
        self
    }

    /// One more topic that they want to hear about.
    pub fn topic(mut self, topic: &str) -> Person {
        self.0.topics.push(topic.to_owned());
        self
    }

    /// One more label.
    pub fn tag(mut self, tag: &str) -> Person {
        self.0.tags.push(tag.to_owned());
        self
    }

    /// Since when they are a customer, RFC 3339.
    ///
    /// # Panics
    /// Where it is not one.
    pub fn since(mut self, moment: &str) -> Person {
        self.0.customer_since = super::past::parse(moment);
        self
    }
}
