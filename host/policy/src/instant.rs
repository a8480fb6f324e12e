//! Instants as nanoseconds since 1970, because rules compare many of them. Instants outside of the years 1678
//! to 2262 are clamped.

use regulars_model::Timestamp;

/// An instant that never comes.
pub(super) const NEVER: i64 = i64::MAX;

/// A day of 24 hours in nanoseconds.
pub(super) const DAY: i64 = 86_400 * 1_000_000_000;

pub(super) fn nanos(at: Timestamp) -> i64 {
    let seconds = at.as_second().saturating_mul(1_000_000_000);
    seconds.saturating_add(i64::from(at.subsec_nanosecond()))
}

pub(super) fn instant(nanos: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or(Timestamp::MAX)
}

/// Returns the nanoseconds of `number` days of 24 hours.
pub(super) fn days(number: u16) -> i64 {
    DAY * i64::from(number)
}
