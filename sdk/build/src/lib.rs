//! Builds a plugin's crate into a component. `regulars plugin build` and `cargo xtask plugins` share it, so
//! that authors build the same components as this project.
//!
//! | item | purpose |
//! |---|---|
//! | [`Workspace`], [`Package`] | cargo's metadata of a folder: its packages and its target folder |
//! | [`ensure_target`] | the standard library for plugins |
//! | [`modules`] | one call of cargo, which [`Cancel`] can end |
//! | [`component`] | the module as a component, with the metadata of `Cargo.toml` |

#![warn(missing_docs)]

mod cargo;
mod component;
mod toolchain;
mod workspace;

pub use cargo::{Cancel, Cancelled, modules};
pub use component::{component, write};
pub use toolchain::{MissingTarget, ensure_target};
pub use workspace::{Package, Workspace};

/// The target, without WASI: a component's imports are its only capabilities.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Cargo's profile for components, see [`modules`].
pub const PROFILE: &str = "plugin";
