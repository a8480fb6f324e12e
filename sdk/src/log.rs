//! Lines for the developer, kept with the run: `log::info!("{n} visits, not enough")`.
//!
//! Say why nothing was proposed, above all: that is what people ask. Lines are capped, in length
//! and in number.

pub use crate::bindings::regulars::plugin::log::Severity;
#[doc(inline)]
pub use crate::{
    __log_debug as debug, __log_error as error, __log_info as info, __log_warn as warn,
};

/// Writes one line. The macros format one first.
pub fn write(severity: Severity, message: &str) {
    #[cfg(target_arch = "wasm32")]
    crate::bindings::regulars::plugin::log::write(severity, message);
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::world::log(severity, message);
}

/// Writes a line of detail, formatted as by [`format!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __log_debug {
    ($($line:tt)+) => { $crate::log::write($crate::log::Severity::Debug, &::std::format!($($line)+)) };
}

/// Writes a line, formatted as by [`format!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __log_info {
    ($($line:tt)+) => { $crate::log::write($crate::log::Severity::Info, &::std::format!($($line)+)) };
}

/// Writes a line about something odd, formatted as by [`format!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __log_warn {
    ($($line:tt)+) => { $crate::log::write($crate::log::Severity::Warn, &::std::format!($($line)+)) };
}

/// Writes a line about something broken, formatted as by [`format!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __log_error {
    ($($line:tt)+) => { $crate::log::write($crate::log::Severity::Error, &::std::format!($($line)+)) };
}
