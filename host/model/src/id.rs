use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An invalid id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid {what} id “{given}”: {expected}")]
pub struct ParseIdError {
    pub what: &'static str,
    pub given: String,
    /// The expected form.
    pub expected: &'static str,
}

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident = $what:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                Uuid::parse_str(text).map($name).map_err(|_| ParseIdError {
                    what: $what,
                    given: text.chars().take(80).collect(),
                    expected: "expected a UUID such as 01970000-0000-7000-8000-000000000001",
                })
            }
        }
    )*};
}

uuid_id! {
    /// The id of a customer: a UUIDv7 (RFC 9562) if the host makes it. Any UUID is accepted.
    CustomerId = "customer";
    /// The id of an interaction. A second submission with the same id is the same interaction.
    InteractionId = "interaction";
    /// The id of an event, which is its CloudEvents `id`.
    EventId = "event";
    /// The id of a run.
    RunId = "run";
    /// The id of a card.
    CardId = "card";
    /// The id of a question.
    QuestionId = "question";
    /// The id of a task.
    TaskId = "task";
    /// The id of a message.
    MessageId = "message";
    /// The id of an API key. It is not the secret.
    KeyId = "key";
}

/// The id of an installed plugin on this host: 1 to 64 lower-case letters, digits and hyphens, starting with
/// a letter. The operator chooses it; the default is the manifest's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
#[serde(try_from = "String", into = "String")]
pub struct InstallationId(String);

impl InstallationId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InstallationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for InstallationId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for InstallationId {
    type Error = ParseIdError;

    fn try_from(text: String) -> Result<Self, ParseIdError> {
        let fits = (1..=64).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text
                .bytes()
                .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if fits {
            Ok(InstallationId(text))
        } else {
            Err(ParseIdError {
                what: "plugin",
                given: text.chars().take(80).collect(),
                expected: "expected 1 to 64 lower-case letters, digits and hyphens, starting with a letter",
            })
        }
    }
}

impl From<InstallationId> for String {
    fn from(id: InstallationId) -> String {
        id.0
    }
}
