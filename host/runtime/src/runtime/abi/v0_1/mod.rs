//! `regulars:plugin@0.1.0`: its names and types, and the conversions to and from the model.

mod bindings;
mod convert_in;
mod convert_out;

pub use bindings::regulars::plugin::grants::{Granted, Window};
pub use bindings::regulars::plugin::history::Filter;
pub use bindings::regulars::plugin::log::Severity;
pub use bindings::regulars::plugin::types::{InteractionResult as Interaction, Scope};
pub use convert_in::{interaction, text, with_context, with_event};
pub use convert_out::{effects, entries, failure, output};

use bindings::exports::regulars::plugin::{actions, events};
use bindings::regulars::plugin::{effects::Effect, types::Failure};

pub const CONTRACT: &str = "regulars:plugin@0.1.0";
pub const ABOUT: &str = "regulars:plugin/about@0.1.0";
pub const EVENTS: &str = "regulars:plugin/events@0.1.0";
pub const ACTIONS: &str = "regulars:plugin/actions@0.1.0";
pub const MIGRATE: &str = "regulars:plugin/migrate@0.1.0";
pub const GRANTS: &str = "regulars:plugin/grants@0.1.0";
pub const HISTORY: &str = "regulars:plugin/history@0.1.0";
pub const MEMORY: &str = "regulars:plugin/memory@0.1.0";
pub const LOG: &str = "regulars:plugin/log@0.1.0";

/// The names of the capabilities, with the functions of each.
pub const CAPABILITIES: [(&str, &[&str]); 4] = [
    ("grants", &["get"]),
    ("history", &["recent", "count"]),
    ("memory", &["get"]),
    ("log", &["write"]),
];
/// The names of the hooks.
pub const HOOKS: [&str; 4] = ["about", "events", "actions", "migrate"];
/// The interfaces without functions, which a component may import besides the capabilities.
pub const TYPE_INTERFACES: [&str; 2] = ["types", "effects"];

/// Returns the full name of an interface.
pub fn import_name(interface: &str) -> String {
    format!("regulars:plugin/{interface}@0.1.0")
}

/// Returns the interface that a name of this contract version refers to. `None` for other names.
pub fn interface_name(import: &str) -> Option<&str> {
    let (name, version) = import.strip_prefix("regulars:plugin/")?.split_once('@')?;
    // A component fits any patch version of 0.1.
    let patch = version.strip_prefix("0.1.")?;
    (!patch.is_empty() && patch.bytes().all(|b| b.is_ascii_digit())).then_some(name)
}

/// Returns the interface that a name refers to in another version of the contract. `None` for this version.
pub fn name_in_another_version(name: &str) -> Option<&str> {
    let (interface, _) = name.strip_prefix("regulars:plugin/")?.split_once('@')?;
    interface_name(name).is_none().then_some(interface)
}

pub type DescribeParams = ();
pub type DescribeReturn = (String,);
pub type HandleParams<'a> = (events::Context<'a>, events::Event<'a>);
pub type HandleReturn = (Result<Vec<Effect>, Failure>,);
pub type ActParams<'a> = (actions::Context<'a>, &'a str, &'a str);
pub type ActReturn = (Result<actions::Reply, Failure>,);
pub type RewriteParams<'a> = (&'a str, Scope, &'a [(&'a str, &'a str)]);
pub type RewriteReturn = (Result<Vec<(String, String)>, String>,);
