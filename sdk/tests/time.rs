//! Days and birthdays: the cases that other programs got wrong, and properties over many.

use proptest::prelude::*;
use regulars_sdk::{Birthday, Date, Weekday};

fn day(year: i32, month: u8, day: u8) -> Date {
    Date::new(year, month, day).expect("a day")
}

#[test]
fn known_days() {
    assert_eq!(day(1970, 1, 1).since_epoch(), 0);
    assert_eq!(day(2000, 3, 1).since_epoch(), 11_017);
    assert_eq!(day(1969, 12, 31).since_epoch(), -1);
    assert_eq!(day(2026, 3, 1).weekday(), Weekday::Sunday);
    assert_eq!(day(1970, 1, 1).weekday(), Weekday::Thursday);
    assert_eq!(day(2024, 2, 28).plus_days(1), day(2024, 2, 29));
    assert_eq!(day(1900, 2, 28).plus_days(1), day(1900, 3, 1));
    assert_eq!(day(2026, 1, 1).days_until(day(2027, 1, 1)), 365);
    assert_eq!(day(2026, 3, 1).to_string(), "2026-03-01");
    assert_eq!(Date::new(2025, 2, 29), None);
    assert_eq!(Date::new(2025, 13, 1), None);
    assert_eq!(Date::new(2025, 4, 31), None);
    assert_eq!(Date::new(2025, 4, 0), None);
}

#[test]
fn leap_day_is_celebrated_on_28_february() {
    let leap = Birthday::new(1992, 2, 29);
    assert!(leap.occurs_on(day(2024, 2, 29)));
    assert!(!leap.occurs_on(day(2024, 2, 28)));
    assert!(leap.occurs_on(day(2025, 2, 28)));
    assert!(!leap.occurs_on(day(2025, 3, 1)));
    assert!(leap.occurs_on(day(2100, 2, 28)), "2100 is a common year");
    assert_eq!(leap.next_after(day(2025, 2, 28)), Some(day(2026, 2, 28)));
    assert_eq!(leap.next_after(day(2027, 3, 1)), Some(day(2028, 2, 29)));
    assert_eq!(leap.age_on(day(2025, 2, 27)), Some(32));
    assert_eq!(leap.age_on(day(2025, 2, 28)), Some(33));
}

#[test]
fn next_turns_the_year_and_never_sticks() {
    let birthday = Birthday::yearless(1, 1);
    assert_eq!(
        birthday.next_after(day(2025, 12, 31)),
        Some(day(2026, 1, 1))
    );
    assert_eq!(birthday.next_after(day(2026, 1, 1)), Some(day(2027, 1, 1)));
    assert_eq!(birthday.next_from(day(2026, 1, 1)), Some(day(2026, 1, 1)));
}

#[test]
fn unknown_year_has_no_age() {
    assert_eq!(Birthday::yearless(5, 4).age_on(day(2026, 5, 4)), None);
    assert_eq!(Birthday::new(1604, 5, 4).age_on(day(2026, 5, 4)), None);
    assert_eq!(Birthday::new(1604, 5, 4).known_year(), None);
    assert!(Birthday::new(1604, 5, 4).occurs_on(day(2026, 5, 4)));
    assert_eq!(
        Birthday::new(2030, 5, 4).age_on(day(2026, 5, 4)),
        None,
        "not born yet"
    );
}

#[test]
fn impossible_birthday_never_occurs() {
    for odd in [
        Birthday::yearless(4, 31),
        Birthday::yearless(0, 0),
        Birthday::new(1990, 13, 1),
    ] {
        assert!(!odd.occurs_on(day(2026, 4, 30)));
        assert_eq!(odd.next_after(day(2026, 4, 30)), None);
        assert_eq!(odd.age_on(day(2026, 4, 30)), None);
    }
}

#[test]
fn extremes_do_not_panic() {
    for days in [i64::MIN, i64::MAX] {
        let edge = Date::from_epoch(days);
        assert_eq!(edge.plus_days(days), edge);
        let _ = (edge.weekday(), Birthday::new(i32::MIN, 2, 29).age_on(edge));
    }
    let _ = Birthday::yearless(1, 1).next_after(day(i32::MAX, 12, 31));
}

proptest! {
    #[test]
    fn days_and_dates_are_one_to_one(days in -4_000_000i64..4_000_000) {
        let date = Date::from_epoch(days);
        prop_assert_eq!(date.since_epoch(), days);
        prop_assert_eq!(Date::new(date.year, date.month, date.day), Some(date));
        prop_assert!(date < date.plus_days(1));
        if let Ok(calendar) = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(days)) {
            prop_assert_eq!(date.year, i32::from(calendar.year()));
            prop_assert_eq!((date.month, date.day), (calendar.month() as u8, calendar.day() as u8));
        }
    }

    #[test]
    fn weekdays_follow_each_other(days in -4_000_000i64..4_000_000) {
        let date = Date::from_epoch(days);
        prop_assert_eq!(date.weekday(), date.plus_days(7).weekday());
        prop_assert_ne!(date.weekday(), date.plus_days(1).weekday());
    }

    #[test]
    fn a_birthday_comes_once_a_year(born in -40_000i64..20_000, from in 0i64..40_000) {
        let (born, from) = (Date::from_epoch(born), Date::from_epoch(from));
        let birthday = Birthday::new(born.year, born.month, born.day);
        let next = birthday.next_after(from).expect("it comes");
        prop_assert!(birthday.occurs_on(next));
        prop_assert!((1..=366).contains(&from.days_until(next)));
        let between = (1..from.days_until(next)).filter(|n| birthday.occurs_on(from.plus_days(*n)));
        prop_assert_eq!(between.count(), 0);
    }

    #[test]
    fn age_grows_by_one_on_the_birthday(born in 0i64..20_000, years in 1i32..100) {
        let born = Date::from_epoch(born);
        let birthday = Birthday::new(born.year, born.month, born.day);
        let kept = birthday.in_year(born.year + years).expect("it comes");
        prop_assert_eq!(birthday.age_on(kept), Some(years as u32));
        prop_assert_eq!(birthday.age_on(kept.plus_days(-1)), Some(years as u32 - 1));
    }
}
