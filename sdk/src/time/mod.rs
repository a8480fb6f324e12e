//! Days and instants as pure functions: a plugin has no clock.

mod birthday;
mod date;
pub mod instant;

pub use date::is_leap_year;
