use std::cmp::Ordering;
use std::fmt;

use crate::{Date, Weekday};

impl Date {
    /// Creates a day of the proleptic Gregorian calendar. `None` if it does not exist.
    pub fn new(year: i32, month: u8, day: u8) -> Option<Date> {
        let exists = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
        exists.then_some(Date { year, month, day })
    }

    /// Returns the days since 1 January 1970, negative before it.
    pub fn since_epoch(self) -> i64 {
        // Years start in March, so that the leap day is a year's last day. 400 years are an era.
        let (month, day) = (i64::from(self.month), i64::from(self.day));
        let year = i64::from(self.year) - i64::from(month <= 2);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        year.div_euclid(400) * 146_097 + day_of_era - 719_468
    }

    /// Returns the day `days` after 1 January 1970, clamped to the years ±2,000,000,000.
    pub fn from_epoch(days: i64) -> Date {
        const FURTHEST: i64 = 730_000_000_000;
        let days = days.clamp(-FURTHEST, FURTHEST) + 719_468;
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let month = (march_month + 2) % 12 + 1;
        let year = days.div_euclid(146_097) * 400 + year_of_era + i64::from(month <= 2);
        Date {
            year: year as i32,
            month: month as u8,
            day: (day_of_year - (153 * march_month + 2) / 5 + 1) as u8,
        }
    }

    /// Returns the day `days` later, or earlier for a negative number.
    pub fn plus_days(self, days: i64) -> Date {
        Date::from_epoch(self.since_epoch().saturating_add(days))
    }

    /// Returns the days until `other`, negative if it is earlier.
    pub fn days_until(self, other: Date) -> i64 {
        other.since_epoch() - self.since_epoch()
    }

    /// Returns the day of the week.
    pub fn weekday(self) -> Weekday {
        // 1 January 1970 was a Thursday.
        match (self.since_epoch() + 3).rem_euclid(7) {
            0 => Weekday::Monday,
            1 => Weekday::Tuesday,
            2 => Weekday::Wednesday,
            3 => Weekday::Thursday,
            4 => Weekday::Friday,
            5 => Weekday::Saturday,
            _ => Weekday::Sunday,
        }
    }
}

/// Returns true if the year has a 29 February.
pub fn is_leap_year(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        2 if is_leap_year(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Eq for Date {}

impl PartialOrd for Date {
    fn partial_cmp(&self, other: &Date) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Date {
    fn cmp(&self, other: &Date) -> Ordering {
        (self.year, self.month, self.day).cmp(&(other.year, other.month, other.day))
    }
}

/// Writes ISO 8601: `2026-03-01`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}
