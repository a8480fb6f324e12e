//! How the crate of a plugin becomes a component. `regulars plugin build` and `cargo xtask plugins` do it here, so that
//! what an author builds is what ships.
//!
//! | where | what |
//! |---|---|
//! | [`Workspace`], [`Package`] | what cargo knows of a folder: its packages, and where it builds |
//! | [`ensure_target`] | the standard library that plugins are built with |
//! | [`modules`] | one call of cargo, which [`Cancel`] can end |
//! | [`component`] | the module in its component, with what `Cargo.toml` says of it |

#![warn(missing_docs)]

mod cargo;
mod component;
mod toolchain;
mod workspace;

pub use cargo::{Cancel, Cancelled, modules};
pub use component::{component, write};
pub use toolchain::{MissingTarget, ensure_target};
pub use workspace::{Package, Workspace};

/// No WASI at all: the list of a component's imports is the list of what it can do.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The profile of cargo that components are built with: see [`modules`].
pub const PROFILE: &str = "plugin";
