//! How a version takes over what the one before it remembered.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{Plugin, Scope};

/// The keys of one memory, with their values.
pub type Entries = BTreeMap<String, Value>;

/// A version of a plugin that takes over what the one before it remembered otherwise than as it stands. Export it by
/// `export!(MyPlugin, migrate)`; without it, memory stays as it is.
///
/// ```
/// # use regulars_sdk::{*, migrate::Entries};
/// # struct Counter;
/// # impl Plugin for Counter { fn manifest() -> Manifest { Manifest::new("counter", "2.0.0") } }
/// impl Migrate for Counter {
///     fn migrate(from: &str, scope: Scope, mut entries: Entries) -> Result<Entries, String> {
///         if let (true, Scope::Customer) = (from.starts_with("1."), scope)
///             && let Some(visits) = entries.remove("visits")
///         {
///             entries.insert("count".to_owned(), serde_json::json!({ "visit": visits }));
///         }
///         Ok(entries)
///     }
/// }
/// let before = Entries::from([("visits".to_owned(), 7.into())]);
/// let after = Counter::migrate("1.2.0", Scope::Customer, before).unwrap();
/// assert_eq!(after["count"]["visit"], 7);
/// ```
pub trait Migrate: Plugin {
    /// Rewrites one memory: of one customer, or the plugin's own. Called once for each, when this version is installed in the
    /// place of version `from`; history and memory have nothing to say then. What it returns is all that is remembered.
    ///
    /// # Errors
    /// Says why it cannot be taken over: nothing is changed then, and the version of before works on.
    fn migrate(from: &str, scope: Scope, entries: Entries) -> Result<Entries, String>;
}
