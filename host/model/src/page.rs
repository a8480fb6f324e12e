use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One page of a longer list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Page<T> {
    pub items: Vec<T>,
    /// The cursor of the next page. `None` at the end.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    pub fn map<U>(self, with: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(with).collect(),
            next: self.next,
        }
    }
}

/// The end of a page. Opaque to callers, and valid as long as the database exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cursor {
    /// The first sort key: an instant in milliseconds, or 0 in lists with one key.
    pub at: i64,
    /// The tie-breaker: storage order.
    pub seq: i64,
}

/// A cursor that this host did not make.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid cursor: expected the unchanged “next” of the previous page")]
pub struct ParseCursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{:x}", self.at, self.seq)
    }
}

impl FromStr for Cursor {
    type Err = ParseCursorError;

    fn from_str(text: &str) -> Result<Self, ParseCursorError> {
        let (at, seq) = text.split_once('.').ok_or(ParseCursorError)?;
        let ours = |c: char| matches!(c, '0'..='9' | 'a'..='f');
        let read = |part: &str| {
            let bits = u64::from_str_radix(part, 16).ok()?;
            part.chars().all(ours).then_some(bits as i64)
        };
        Ok(Cursor {
            at: read(at).ok_or(ParseCursorError)?,
            seq: read(seq).ok_or(ParseCursorError)?,
        })
    }
}

impl TryFrom<String> for Cursor {
    type Error = ParseCursorError;

    fn try_from(text: String) -> Result<Self, ParseCursorError> {
        text.parse()
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> String {
        cursor.to_string()
    }
}
