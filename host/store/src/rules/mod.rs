//! The domain's rules about stored data: pure functions that every database and the rehearsal share.

mod audience;
mod contact;
mod memory;
pub mod reasons;
mod uninstall;

pub use audience::{inactive_until, is_birthday, keeps_leap_day};
pub use contact::{complaint, counts_at, touched};
pub use memory::write;
pub use uninstall::after_uninstall;

/// The days for which the output of an action call can be repeated by its idempotency key.
pub const IDEMPOTENCY_DAYS: i64 = 7;
