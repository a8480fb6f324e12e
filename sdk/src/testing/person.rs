use crate::{Birthday, Customer, Level};

/// A builder of the scene's customer, see [`Scene::customer`](super::Scene::customer). By default nothing is
/// known, and the level is `low`.
#[derive(Debug)]
pub struct Person(pub(super) Customer);

impl Person {
    /// Sets the name as the business writes it.
    pub fn display_name(mut self, name: &str) -> Person {
        self.0.display_name = Some(name.to_owned());
        self
    }

    /// Sets the given name.
    pub fn given_name(mut self, name: &str) -> Person {
        self.0.given_name = Some(name.to_owned());
        self
    }

    /// Sets the language as a BCP 47 tag.
    pub fn language(mut self, language: &str) -> Person {
        self.0.language = Some(language.to_owned());
        self
    }

    /// Sets the birthday, see [`Birthday::new`] and [`Birthday::yearless`].
    pub fn birthday(mut self, birthday: Birthday) -> Person {
        self.0.birthday = Some(birthday);
        self
    }

    /// Sets the relationship level.
    pub fn level(mut self, level: Level) -> Person {
        self.0.level = level;
        self
    }

    /// Adds a topic.
    pub fn topic(mut self, topic: &str) -> Person {
        self.0.topics.push(topic.to_owned());
        self
    }

    /// Adds a tag.
    pub fn tag(mut self, tag: &str) -> Person {
        self.0.tags.push(tag.to_owned());
        self
    }

    /// Sets the start of the relationship in RFC 3339.
    ///
    /// # Panics
    /// If `moment` is invalid.
    pub fn since(mut self, moment: &str) -> Person {
        self.0.customer_since = super::past::parse(moment);
        self
    }
}
