//! Instants as milliseconds since the Unix epoch, UTC: units and distances. Days have 24 hours; for calendar
//! days in the customer's time zone, see [`Date`](crate::Date).

use crate::Instant;

/// One second, in milliseconds.
pub const SECOND: i64 = 1000;
/// One minute, in milliseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour, in milliseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// One day of 24 hours, in milliseconds.
pub const DAY: i64 = 24 * HOUR;
/// Seven days, in milliseconds.
pub const WEEK: i64 = 7 * DAY;

/// Returns whole days from `earlier` to `later`, rounded down. Negative if `later` is earlier.
pub fn days_between(earlier: Instant, later: Instant) -> i64 {
    later.saturating_sub(earlier).div_euclid(DAY)
}

/// Returns the instant `hours` hours after.
pub fn hours_after(instant: Instant, hours: u32) -> Instant {
    instant.saturating_add(i64::from(hours) * HOUR)
}

/// Returns the instant `days` days of 24 hours after.
pub fn days_after(instant: Instant, days: u32) -> Instant {
    instant.saturating_add(i64::from(days) * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_round_towards_the_past() {
        assert_eq!(days_between(0, DAY), 1);
        assert_eq!(days_between(0, DAY - 1), 0);
        assert_eq!(days_between(1, 0), -1);
        assert_eq!(days_between(DAY, 0), -1);
        assert_eq!(days_between(i64::MIN, i64::MAX), i64::MAX / DAY);
    }
}
