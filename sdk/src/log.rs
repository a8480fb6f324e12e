//! Log lines for the developer, stored with the run: `log::info!("{n} visits, not enough")`.
//!
//! Log the reason that nothing was proposed: people ask for it. The host limits the lines in length and
//! number.

pub use crate::bindings::regulars::plugin::log::Severity;
#[doc(inline)]
pub use crate::{
    __log_debug as debug, __log_error as error, __log_info as info, __log_warn as warn,
};

/// Writes a line. The macros format it first.
pub fn write(severity: Severity, message: &str) {
    #[cfg(target_arch = "wasm32")]
    crate::bindings::regulars::plugin::log::write(severity, message);
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::world::log(severity, message);
}

/// Logs a detail, formatted as by [`format!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __log_debug {
    ($($line:tt)+) => { $crate::log::write($crate::log::Severity::Debug, &::std::format!($($line)+)) };
}

/// Logs a line, formatted as by [`format!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __log_info {
    ($($line:tt)+) => { $crate::log::write($crate::log::Severity::Info, &::std::format!($($line)+)) };
}

/// Logs something unusual, formatted as by [`format!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __log_warn {
    ($($line:tt)+) => { $crate::log::write($crate::log::Severity::Warn, &::std::format!($($line)+)) };
}

/// Logs something broken, formatted as by [`format!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __log_error {
    ($($line:tt)+) => { $crate::log::write($crate::log::Severity::Error, &::std::format!($($line)+)) };
}
