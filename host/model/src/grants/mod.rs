//! The rules of grants: everything that a manifest asks for, narrowed and widened, and the words for each ask.

pub mod display;
mod grant;
mod grant_diff;
mod restrict;
mod windows;

pub use grant::{asks_service, field_name};
pub use windows::Kind;
