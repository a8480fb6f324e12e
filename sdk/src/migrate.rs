//! The migration of an earlier version's memory.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{Plugin, Scope};

/// The keys of one memory with their values.
pub type Entries = BTreeMap<String, Value>;

/// A version of a plugin that migrates the memory of an earlier version. Export it with
/// `export!(MyPlugin, migrate)`. Without it, the memory stays as it is.
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
    /// Rewrites one memory: one customer's, or the plugin's own. The host calls it once for each when this
    /// version replaces version `from`, with empty history and memory. The returned entries replace all
    /// others.
    ///
    /// # Errors
    /// The reason that the memory cannot be migrated. Nothing is changed then, and the earlier version stays
    /// installed.
    fn migrate(from: &str, scope: Scope, entries: Entries) -> Result<Entries, String>;
}
