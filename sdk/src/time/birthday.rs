use super::is_leap_year;
use crate::{Birthday, Date};

/// The placeholder of some address books, such as Apple's, for an unknown year.
const UNKNOWN_YEAR: i32 = 1604;

impl Birthday {
    /// Creates a birthday with a known year.
    pub fn new(year: i32, month: u8, day: u8) -> Birthday {
        Birthday {
            year: Some(year),
            month,
            day,
        }
    }

    /// Creates a birthday without a year.
    pub fn yearless(month: u8, day: u8) -> Birthday {
        Birthday {
            year: None,
            month,
            day,
        }
    }

    /// Returns the year of birth. `None` for 1604, which some address books use as a placeholder.
    pub fn known_year(self) -> Option<i32> {
        self.year.filter(|year| *year != UNKNOWN_YEAR)
    }

    /// Returns the day of the celebration in a year. `None` if the day does not exist, such as 31 April.
    ///
    /// 29 February is celebrated on 28 February in common years: in the same month and not a day late, like
    /// in the host's `birthday-today` audience.
    pub fn in_year(self, year: i32) -> Option<Date> {
        let day = match (self.month, self.day) {
            (2, 29) if !is_leap_year(year) => 28,
            (_, day) => day,
        };
        Date::new(year, self.month, day)
    }

    /// Returns true if it is celebrated on that day.
    pub fn occurs_on(self, date: Date) -> bool {
        self.in_year(date.year) == Some(date)
    }

    /// Returns the first celebration after a day. `None` if the day does not exist.
    pub fn next_after(self, date: Date) -> Option<Date> {
        [date.year, date.year.saturating_add(1)]
            .into_iter()
            .filter_map(|year| self.in_year(year))
            .find(|day| *day > date)
    }

    /// Returns the first celebration on or after a day.
    pub fn next_from(self, date: Date) -> Option<Date> {
        self.next_after(date.plus_days(-1))
    }

    /// Returns the age on a day in whole years. `None` if the year is not [known](Self::known_year) or in the
    /// future.
    pub fn age_on(self, date: Date) -> Option<u32> {
        let years = date.year.checked_sub(self.known_year()?)?;
        let kept = self.in_year(date.year)?;
        u32::try_from(years - i32::from(date < kept)).ok()
    }
}
