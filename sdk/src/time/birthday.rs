use super::is_leap_year;
use crate::{Birthday, Date};

/// The year that some address books write, Apple's among them, where they do not know it.
const UNKNOWN_YEAR: i32 = 1604;

impl Birthday {
    /// A birthday of which the year is known.
    pub fn new(year: i32, month: u8, day: u8) -> Birthday {
        Birthday {
            year: Some(year),
            month,
            day,
        }
    }

    /// A birthday of which only the day is known.
    pub fn yearless(month: u8, day: u8) -> Birthday {
        Birthday {
            year: None,
            month,
            day,
        }
    }

    /// The year of birth. The year 1604 is none: address books write it where they do not know
    /// better.
    pub fn known_year(self) -> Option<i32> {
        self.year.filter(|year| *year != UNKNOWN_YEAR)
    }

    /// The day it is kept on in a year, or none where there is no such day at all (31 April).
    ///
    /// Born on 29 February, they keep it on 28 February in common years: in the same month and not
    /// a day late, as the host's `birthday-today` audience has it too.
    pub fn in_year(self, year: i32) -> Option<Date> {
        let day = match (self.month, self.day) {
            (2, 29) if !is_leap_year(year) => 28,
            (_, day) => day,
        };
        Date::new(year, self.month, day)
    }

    /// Whether it is kept on that day.
    pub fn occurs_on(self, date: Date) -> bool {
        self.in_year(date.year) == Some(date)
    }

    /// The first day it is kept on after that day, or none where there is no such day at all.
    pub fn next_after(self, date: Date) -> Option<Date> {
        [date.year, date.year.saturating_add(1)]
            .into_iter()
            .filter_map(|year| self.in_year(year))
            .find(|day| *day > date)
    }

    /// The first day it is kept on, that day included.
    pub fn next_from(self, date: Date) -> Option<Date> {
        self.next_after(date.plus_days(-1))
    }

    /// How old they are on that day, in whole years. None where the year is not
    /// [known](Self::known_year), or still to come.
    pub fn age_on(self, date: Date) -> Option<u32> {
        let years = date.year.checked_sub(self.known_year()?)?;
        let kept = self.in_year(date.year)?;
        u32::try_from(years - i32::from(date < kept)).ok()
    }
}
