use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::RegistryError;
use super::reference::{OciReference, SCHEME};

/// The repositories that a key is trusted for: `HOST` or `HOST/PATH`, and everything below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(String);

impl Scope {
    /// Returns true if the reference's repository is within the scope.
    pub fn holds(&self, reference: &OciReference) -> bool {
        let place = format!("{}/{}", reference.host(), reference.repository());
        let below = place.strip_prefix(&self.0);
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Parses `ghcr.io/acme`. The forms `oci://ghcr.io/acme/…` and `ghcr.io/acme/*` are accepted too.
impl FromStr for Scope {
    type Err = RegistryError;

    fn from_str(text: &str) -> Result<Scope, RegistryError> {
        let place = text.strip_prefix(SCHEME).unwrap_or(text);
        let place = place.trim_end_matches(['/', '*', '…']);
        let mut parts = place.split('/');
        let host = parts.next().unwrap_or_default();
        let named = host.contains(['.', ':']) || host == "localhost";
        let is_host = named
            && host
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || ".:-[]".contains(c));
        let is_path = |part: &str| {
            let right = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
            !part.is_empty() && part.chars().all(right)
        };
        match is_host && parts.all(is_path) {
            true => Ok(Scope(place.to_owned())),
            false => Err(RegistryError::Reference {
                given: text.chars().take(200).collect(),
                problem: "expected HOST or HOST/PATH, such as ghcr.io/acme".to_owned(),
            }),
        }
    }
}

impl TryFrom<String> for Scope {
    type Error = RegistryError;

    fn try_from(text: String) -> Result<Scope, RegistryError> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> String {
        scope.0
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
