//! Quiet hours in every zone that there is, around its clock changes.

use jiff::civil::{Time, time};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use regulars::model::{Purpose, VerdictOutcome};

use super::scene::{Proposed, Scene, minutes};
use crate::world::{at, long};

/// Hours that are quiet: a night, the hour that clocks skip or repeat, ends within it, around midnight.
const HOURS: [(Time, Time); 6] = [
    (time(21, 0, 0, 0), time(8, 0, 0, 0)),
    (time(2, 0, 0, 0), time(3, 0, 0, 0)),
    (time(22, 0, 0, 0), time(2, 30, 0, 0)),
    (time(1, 15, 0, 0), time(1, 45, 0, 0)),
    (time(23, 50, 0, 0), time(0, 10, 0, 0)),
    (time(0, 0, 0, 0), time(23, 59, 0, 0)),
];

/// Minutes before and after a clock change within which instants are tried.
const BEFORE: i64 = 26 * 60;
const AFTER: i64 = 26 * 60;

#[test]
fn every_zone_has_its_nights() {
    let zones = TimeZoneDatabase::bundled();
    let names: Vec<String> = zones.available().map(|name| name.to_string()).collect();
    assert!(names.len() > 400, "the zones were not found");
    let (begin, end) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    let mut changes = 0;
    for name in names {
        let zone = zones.get(&name).unwrap();
        let mut tried: Vec<Timestamp> = zone
            .following(begin)
            .map(|change| change.timestamp())
            .take_while(|&change| change < end)
            .collect();
        changes += tried.len();
        if tried.is_empty() {
            tried.push(at("2026-06-01T12:00:00Z"));
        }
        for change in tried {
            for hours in HOURS {
                around(&zone, change, hours);
            }
        }
    }
    assert!(changes > 200, "the clock changes were not found");
}

fn around(zone: &TimeZone, change: Timestamp, (from, to): (Time, Time)) {
    let mut scene = Scene::new();
    scene.zone = zone.clone();
    scene.policy.contact.quiet_hours.from = from;
    scene.policy.contact.quiet_hours.to = to;
    let message = Proposed::new("one", Purpose::Care);

    // Minute by minute, what clocks on the wall show; and from the end, the first that is not quiet.
    let start = change - minutes(BEFORE);
    let shown = |minute: i64| (start + minutes(minute)).to_zoned(zone.clone()).time();
    let quiet = |minute: i64| {
        let shown = shown(minute);
        match from < to {
            true => from <= shown && shown < to,
            false => from <= shown || shown < to,
        }
    };
    let last = BEFORE + AFTER + 2 * 24 * 60;
    let mut first = vec![last; usize::try_from(last).unwrap() + 1];
    for minute in (0..last).rev() {
        let index = usize::try_from(minute).unwrap();
        first[index] = if quiet(minute) {
            first[index + 1]
        } else {
            minute
        };
    }
    let step = if long() { 1 } else { 17 };
    for minute in (0..BEFORE + AFTER).step_by(step) {
        scene.now = start + minutes(minute);
        let legal = first[usize::try_from(minute).unwrap()];
        let expected = match legal == minute {
            true => VerdictOutcome::Allow,
            false => VerdictOutcome::Defer {
                until: Some(start + minutes(legal)),
            },
        };
        let found = scene.one(&message).outcome;
        let (zone, now) = (zone.iana_name(), scene.now);
        assert_eq!(
            found, expected,
            "{zone:?} at {now}, quiet from {from} to {to}"
        );
    }
}

/// In 2011 Samoa had no 30 December: the night of the 29th goes on into the 31st.
#[test]
fn night_goes_on_over_a_day_that_there_never_was() {
    let zone = TimeZone::get("Pacific/Apia").unwrap();
    let change = at("2011-12-30T10:00:00Z");
    for hours in HOURS {
        around(&zone, change, hours);
    }
    let mut scene = Scene::new();
    scene.zone = zone;
    scene.now = change - SignedDuration::from_mins(30);
    assert_eq!(
        scene.one(&Proposed::new("one", Purpose::Care)).outcome,
        VerdictOutcome::Defer {
            until: Some(change + SignedDuration::from_hours(8))
        }
    );
}
