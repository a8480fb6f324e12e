use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Context, Customer, Direction, Failure, Instant, Interaction, instant, text};

impl Context {
    /// Parses the installation's settings as the type that the manifest declared.
    ///
    /// # Errors
    /// A permanent failure if the type and the declared schema differ.
    pub fn settings<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.settings)
            .map_err(|e| Failure::permanent(format!("settings: {e}")))
    }

    /// Returns the customer of the call. Every event has one, and every action without
    /// [`about_no_customer`](crate::Action::about_no_customer).
    ///
    /// # Errors
    /// A permanent failure if the call has none.
    pub fn customer(&self) -> Result<&Customer, Failure> {
        self.customer
            .as_ref()
            .ok_or_else(|| Failure::permanent("missing customer: the call must name one"))
    }

    /// Returns [`Customer::name_or`], or `otherwise` if the call has no customer.
    pub fn name_or<'a>(&'a self, otherwise: &'a str) -> &'a str {
        self.customer
            .as_ref()
            .map_or(otherwise, |it| it.name_or(otherwise))
    }

    /// Returns the instant `days` days of 24 hours before now.
    pub fn days_ago(&self, days: u32) -> Instant {
        self.now - i64::from(days) * instant::DAY
    }
}

impl Customer {
    /// Returns the given name, or else the display name, or else `otherwise`. Names that were not granted and
    /// blank names do not count.
    pub fn name_or<'a>(&'a self, otherwise: &'a str) -> &'a str {
        [&self.given_name, &self.display_name]
            .into_iter()
            .flatten()
            .find_map(|name| text::some(name))
            .unwrap_or(otherwise)
    }
}

impl Interaction {
    /// Parses the data as a type. `None` if it does not fit. Data comes from tills, scales and imports, and
    /// may be anything.
    pub fn data_as<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.data).ok()
    }

    /// Returns true if it came from the customer.
    pub fn is_inbound(&self) -> bool {
        self.direction == Direction::Inbound
    }

    /// Returns the trimmed text. `None` if it is missing or blank.
    pub fn text(&self) -> Option<&str> {
        self.body.as_deref().and_then(text::some)
    }

    /// Returns a text member of the data by name: on one line, at most 100 characters. `None` if it is
    /// missing or not a text.
    pub fn member(&self, name: &str) -> Option<String> {
        let data: Value = self.data_as()?;
        text::some(data.get(name)?.as_str()?).map(|it| text::clip(it, 100))
    }

    /// Returns [`member`](Self::member), or `otherwise` if it is `None`.
    pub fn member_or(&self, name: &str, otherwise: &str) -> String {
        self.member(name).unwrap_or_else(|| otherwise.to_owned())
    }
}

/// An interaction is cited by its id.
impl From<&Interaction> for String {
    fn from(interaction: &Interaction) -> String {
        interaction.id.clone()
    }
}

/// An interaction is cited by its id.
impl From<Interaction> for String {
    fn from(interaction: Interaction) -> String {
        interaction.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_data(data: &str) -> Interaction {
        Interaction {
            id: "i1".to_owned(),
            kind: "feedback".to_owned(),
            direction: Direction::Inbound,
            occurred_at: 0,
            channel: None,
            subject: None,
            body: None,
            data: data.to_owned(),
        }
    }

    #[test]
    fn member_is_text_or_none() {
        let member = |data| with_data(data).member("by");
        assert_eq!(member(r#"{"by": " Anna "}"#).as_deref(), Some("Anna"));
        for odd in [r#"{"by": " "}"#, r#"{"by": 7}"#, "[]", "no JSON"] {
            assert_eq!(member(odd), None, "{odd}");
            assert_eq!(with_data(odd).member_or("by", "us"), "us");
        }
        let long = format!(r#"{{"by": "{}"}}"#, "ä".repeat(500));
        assert_eq!(member(&long).map(|it| it.chars().count()), Some(101));
    }
}
