use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{CustomerId, InstallationId, KeyId};

/// A permission of an API key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum KeyScope {
    /// Everything.
    Admin,
    /// The work at the desk: customers and their history, the desk, tasks, messages, `explain` and the
    /// actions for staff.
    Staff,
    /// The needs of a till, a web shop or an app: customers by id or contact point, recording, and the
    /// actions for apps.
    App,
    /// The metrics only.
    Metrics,
    /// This installation's actions for apps only.
    Plugin(InstallationId),
}

/// An invalid scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid scope “{0}”: expected admin, staff, app, metrics or plugin:<id>")]
pub struct ParseKeyScopeError(String);

impl fmt::Display for KeyScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyScope::Admin => f.write_str("admin"),
            KeyScope::Staff => f.write_str("staff"),
            KeyScope::App => f.write_str("app"),
            KeyScope::Metrics => f.write_str("metrics"),
            KeyScope::Plugin(id) => write!(f, "plugin:{id}"),
        }
    }
}

impl FromStr for KeyScope {
    type Err = ParseKeyScopeError;

    fn from_str(text: &str) -> Result<KeyScope, ParseKeyScopeError> {
        let refuse = || ParseKeyScopeError(text.chars().take(80).collect());
        match text {
            "admin" => Ok(KeyScope::Admin),
            "staff" => Ok(KeyScope::Staff),
            "app" => Ok(KeyScope::App),
            "metrics" => Ok(KeyScope::Metrics),
            _ => {
                let id = text.strip_prefix("plugin:").ok_or_else(refuse)?;
                id.parse().map(KeyScope::Plugin).map_err(|_| refuse())
            }
        }
    }
}

impl TryFrom<String> for KeyScope {
    type Error = ParseKeyScopeError;

    fn try_from(text: String) -> Result<KeyScope, ParseKeyScopeError> {
        text.parse()
    }
}

impl From<KeyScope> for String {
    fn from(scope: KeyScope) -> String {
        scope.to_string()
    }
}

/// The author of an act, for the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "by", rename_all = "lowercase")]
pub enum Actor {
    /// The holder of an API key, over HTTP.
    Key {
        id: KeyId,
        /// The key's name at that time.
        name: String,
    },
    /// A user of the command line on this machine.
    Cli,
    /// The program that embeds the host.
    Library,
    /// A customer, in the customer portal.
    Customer { id: CustomerId },
}

#[cfg(feature = "schema")]
mod schema {
    use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::SchemaType};

    impl utoipa::PartialSchema for super::KeyScope {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .schema_type(SchemaType::new(utoipa::openapi::Type::String))
                .pattern(Some(
                    "^(admin|staff|app|metrics|plugin:[a-z][a-z0-9-]{0,63})$",
                ))
                .description(Some("admin, staff, app, metrics, or plugin:<id>"))
                .examples(["staff", "plugin:overheard"])
                .into()
        }
    }

    impl utoipa::ToSchema for super::KeyScope {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_round_trip_through_text() {
        for text in ["admin", "staff", "app", "metrics", "plugin:overheard"] {
            assert_eq!(text.parse::<KeyScope>().unwrap().to_string(), text);
        }
        for wrong in ["", "Admin", "plugin:", "plugin:A", "plugin:a b", "root"] {
            assert!(wrong.parse::<KeyScope>().is_err(), "{wrong}");
        }
    }
}
