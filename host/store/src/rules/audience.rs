use jiff::SignedDuration;
use jiff::civil::Date;

use regulars_model::{Birthday, Timestamp};

/// Returns true if the birthday falls on this day. A birthday on 29 February falls on the 28th in common years.
pub fn is_birthday(birthday: Birthday, date: Date) -> bool {
    let leap = (birthday.month, birthday.day) == (2, 29);
    leap && keeps_leap_day(date) || (birthday.month, birthday.day) == (date.month(), date.day())
}

/// Returns true on the day that stands for 29 February in a common year.
pub fn keeps_leap_day(date: Date) -> bool {
    (date.month(), date.day()) == (2, 28) && !date.in_leap_year()
}

/// Returns the latest instant of a last contact that makes a customer inactive for these days at `now`.
pub fn inactive_until(now: Timestamp, days: u32) -> Timestamp {
    let days = SignedDuration::from_hours(24 * i64::from(days));
    now.checked_sub(days).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn leap_birthday_falls_on_the_28th_in_common_years() {
        let leap = Birthday {
            year: None,
            month: 2,
            day: 29,
        };
        assert!(is_birthday(leap, date(2028, 2, 29)));
        assert!(!is_birthday(leap, date(2028, 2, 28)));
        assert!(is_birthday(leap, date(2026, 2, 28)));
        assert!(!is_birthday(leap, date(2026, 3, 1)));
    }

    #[test]
    fn inactivity_counts_whole_days_back() {
        let now: Timestamp = "2026-03-31T12:00:00Z".parse().unwrap();
        let until: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        assert_eq!(inactive_until(now, 30), until);
        assert_eq!(inactive_until(now, u32::MAX), Timestamp::MIN);
    }
}
