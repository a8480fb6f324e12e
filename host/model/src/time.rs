use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An instant in UTC. Stored and shown to plugins in whole milliseconds.
pub type Timestamp = jiff::Timestamp;

/// An invalid instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid instant “{0}”: {INSTANT}")]
pub struct ParseInstantError(String);

/// The ends of this module's error messages. `is_about_time` recognises the errors by them.
const INSTANT: &str = "expected RFC 3339, such as 2026-05-12T09:30:00Z";
const BIRTHDAY: &str = "expected 1990-05-12, or --05-12 for an unknown year";

/// Returns true if an error text from a JSON parser is one of this module's.
pub fn is_about_time(error: &str) -> bool {
    error.ends_with(INSTANT) || error.ends_with(BIRTHDAY)
}

/// Reads an instant that may be absent or null, for `#[serde(deserialize_with)]`.
pub fn instant<'de, D>(deserializer: D) -> Result<Option<Timestamp>, D::Error>
where
    D: serde::Deserializer<'de>,
{
    let text: Option<String> = Option::deserialize(deserializer)?;
    text.map(|text| {
        text.parse().map_err(|_| {
            serde::de::Error::custom(ParseInstantError(text.chars().take(60).collect()))
        })
    })
    .transpose()
}

/// A vCard 4 partial date (RFC 6350 §4.3.1): `1990-05-12`, or `--05-12` without a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Birthday {
    /// The year. `None` if it is unknown, also for 1604, which some address books use for that.
    pub year: Option<i16>,
    /// 1 to 12.
    pub month: i8,
    /// 1 to 31, and within the month. 29 February is allowed without a year.
    pub day: i8,
}

/// An invalid birthday.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid birthday “{0}”: {BIRTHDAY}")]
pub struct ParseBirthdayError(String);

impl fmt::Display for Birthday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.year {
            Some(year) => write!(f, "{year:04}-{:02}-{:02}", self.month, self.day),
            None => write!(f, "--{:02}-{:02}", self.month, self.day),
        }
    }
}

impl FromStr for Birthday {
    type Err = ParseBirthdayError;

    fn from_str(text: &str) -> Result<Self, ParseBirthdayError> {
        let refuse = || ParseBirthdayError(text.chars().take(40).collect());
        let (year, rest) = match text.strip_prefix("--") {
            Some(rest) => (None, rest),
            None => {
                let (year, rest) = text.split_once('-').ok_or_else(refuse)?;
                if year.len() != 4 {
                    return Err(refuse());
                }
                (Some(year.parse::<i16>().map_err(|_| refuse())?), rest)
            }
        };
        let (month, day) = rest.split_once('-').ok_or_else(refuse)?;
        if month.len() != 2 || day.len() != 2 {
            return Err(refuse());
        }
        let (month, day) = (
            month.parse::<i8>().map_err(|_| refuse())?,
            day.parse::<i8>().map_err(|_| refuse())?,
        );
        let year = year.filter(|&year| year != 1604);
        // A leap year replaces an unknown year, so that 29 February is accepted.
        jiff::civil::Date::new(year.unwrap_or(2000), month, day).map_err(|_| refuse())?;
        Ok(Birthday { year, month, day })
    }
}

impl TryFrom<String> for Birthday {
    type Error = ParseBirthdayError;

    fn try_from(text: String) -> Result<Self, ParseBirthdayError> {
        text.parse()
    }
}

impl From<Birthday> for String {
    fn from(birthday: Birthday) -> String {
        birthday.to_string()
    }
}

#[cfg(feature = "schema")]
mod schema {
    use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::SchemaType};

    impl utoipa::PartialSchema for super::Birthday {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .schema_type(SchemaType::new(utoipa::openapi::Type::String))
                .pattern(Some(r"^([0-9]{4}|-)-[0-9]{2}-[0-9]{2}$"))
                .description(Some(
                    "1990-05-12, or --05-12 for an unknown year (RFC 6350)",
                ))
                .examples(["1990-05-12", "--05-12"])
                .into()
        }
    }

    impl utoipa::ToSchema for super::Birthday {}
}
