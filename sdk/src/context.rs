use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Context, Customer, Direction, Failure, Instant, Interaction, instant, text};

impl Context {
    /// The installation's settings, read as the type that the manifest declared.
    ///
    /// # Errors
    /// A permanent failure where they are not one: the type and the declared schema differ.
    pub fn settings<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.settings)
            .map_err(|e| Failure::permanent(format!("settings: {e}")))
    }

    /// The customer that the call is about. There is one in every event, and in every action that
    /// did not say [`about_no_customer`](crate::Action::about_no_customer).
    ///
    /// # Errors
    /// A permanent failure where there is none.
    pub fn customer(&self) -> Result<&Customer, Failure> {
        self.customer
            .as_ref()
            .ok_or_else(|| Failure::permanent("this is about a customer, and none was named"))
    }

    /// What to call the customer, as [`Customer::name_or`] has it; `otherwise` also where the call
    /// is about none.
    pub fn name_or<'a>(&'a self, otherwise: &'a str) -> &'a str {
        self.customer
            .as_ref()
            .map_or(otherwise, |it| it.name_or(otherwise))
    }

    /// The moment so many days of 24 hours before now.
    pub fn days_ago(&self, days: u32) -> Instant {
        self.now - i64::from(days) * instant::DAY
    }
}

impl Customer {
    /// What to call them: the given name, else the name as the business writes it, else
    /// `otherwise`. Only what was granted is seen, and blanks do not count.
    pub fn name_or<'a>(&'a self, otherwise: &'a str) -> &'a str {
        [&self.given_name, &self.display_name]
            .into_iter()
            .flatten()
            .find_map(|name| text::some(name))
            .unwrap_or(otherwise)
    }
}

impl Interaction {
    /// Its data as a type, or none where the data is not one. Data comes from tills, scales and
    /// imports: expect anything.
    pub fn data_as<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.data).ok()
    }

    /// Whether it came from the customer.
    pub fn is_inbound(&self) -> bool {
        self.direction == Direction::Inbound
    }

    /// Its text without the blanks around it, or none where nothing is left.
    pub fn text(&self) -> Option<&str> {
        self.body.as_deref().and_then(text::some)
    }

    /// A short text among its data, by the member's name: on one line, at most 100 characters of
    /// it. None where there is no such member, or where it is no text.
    pub fn member(&self, name: &str) -> Option<String> {
        let data: Value = self.data_as()?;
        text::some(data.get(name)?.as_str()?).map(|it| text::clip(it, 100))
    }

    /// The same, or `otherwise` where there is none.
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
    fn a_member_is_a_text_or_none() {
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
