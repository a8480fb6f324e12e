//! A year at the gym: the birthday is one of several moments, never the only one.

use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use regulars::host::{NewCustomer, NewInteraction};
use regulars::model::*;
use regulars::store::PageRequest;
use serde_json::json;

use crate::world::{World, at};

#[test]
fn year_of_mornings() {
    let world = World::starting("2026-01-01T05:00:00Z");
    for plugin in [
        "considerate-birthday",
        "coach-referral",
        "ask-once",
        "overheard",
    ] {
        world.install(plugin);
    }
    let ada = world
        .host
        .create_customer(NewCustomer {
            display_name: Some("Ada Lovelace".to_owned()),
            given_name: Some("Ada".to_owned()),
            birthday: Some("--07-21".parse().unwrap()),
            ..NewCustomer::default()
        })
        .unwrap();
    // Someone with the same birthday whom nobody has seen since they joined.
    let stranger = world
        .host
        .create_customer(NewCustomer {
            birthday: Some("--07-21".parse().unwrap()),
            ..NewCustomer::default()
        })
        .unwrap();
    world.record_with(
        ada.id,
        "note",
        Some("Wants to get down to 70 kg."),
        json!({ "goal": { "metric": "weight_kg", "target": 70 } }),
    );

    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let mut titles: Vec<(jiff::civil::Date, InstallationId, String)> = Vec::new();
    for day in date(2026, 1, 2).series(1.day()).take(364) {
        // Just past nine, so that the morning's schedules have run when she comes in.
        let morning = day
            .at(9, 5, 0, 0)
            .to_zoned(berlin.clone())
            .unwrap()
            .timestamp();
        world.go_to(morning);
        if day.weekday() != jiff::civil::Weekday::Sunday {
            world.record(ada.id, "visit");
        }
        if day.day() % 7 == 0 {
            let kilograms = 80.0 + f64::from(day.day() % 3) / 10.0;
            let data = json!({ "metric": "weight_kg", "value": kilograms });
            world.record_with(ada.id, "measurement", None, data);
        }
        for card in world.host.desk(ada.id).unwrap().cards {
            if card.created_at.to_zoned(berlin.clone()).date() == day {
                titles.push((day, card.plugin, card.title));
            }
        }
    }

    let of = |plugin: &str| -> Vec<jiff::civil::Date> {
        titles
            .iter()
            .filter(|(_, from, _)| from.as_str() == plugin)
            .map(|(day, _, _)| *day)
            .collect()
    };
    assert_eq!(
        of("considerate-birthday"),
        [date(2026, 7, 21)],
        "{titles:?}"
    );
    assert!(
        of("coach-referral").len() >= 2,
        "nobody introduced a trainer to someone who came 300 times without progress: {titles:?}"
    );
    assert!(
        of("coach-referral").first().unwrap() < &date(2026, 4, 1),
        "it took until {:?} to see it",
        of("coach-referral").first()
    );

    // No greeting for whom the greeting would be the only contact, and `explain` says why.
    assert!(world.host.desk(stranger.id).unwrap().cards.is_empty());
    let story = world
        .host
        .explain(stranger.id, PageRequest::first(10))
        .unwrap();
    let run = &story
        .items
        .iter()
        .find(|explained| explained.kind == "schedule.due")
        .unwrap()
        .runs[0];
    assert!(run.run.proposals.is_empty());
    assert!(!run.run.logs.is_empty(), "it says why it proposes nothing");

    // Nothing was handled twice, and nothing is left.
    let counts = world.host.counts().unwrap();
    assert_eq!(counts.pending, 0);
    assert!(world.deferred().is_empty());
}

#[test]
fn every_card_cites_the_customers_own_records() {
    let world = World::starting("2026-03-01T05:00:00Z");
    world.install("considerate-birthday");
    let ada = world
        .host
        .create_customer(NewCustomer {
            birthday: Some("1990-03-01".parse().unwrap()),
            ..NewCustomer::default()
        })
        .unwrap();
    for day in 1..=20 {
        let new = NewInteraction {
            occurred_at: Some(at("2026-02-01T08:00:00Z") + SignedDuration::from_hours(24 * day)),
            historical: true,
            ..NewInteraction::new(ada.id, "visit")
        };
        world.host.record(new).unwrap();
    }
    world.go_to(at("2026-03-01T08:01:00Z"));
    let desk = world.host.desk(ada.id).unwrap();
    assert_eq!(desk.cards.len(), 1, "{desk:?}");
    let because = &desk.cards[0].because;
    assert!(!because.reason.is_empty() && !because.evidence.is_empty());
    let timeline = world
        .host
        .timeline(ada.id, &Default::default(), PageRequest::first(100))
        .unwrap();
    for id in &because.evidence {
        assert!(
            timeline
                .items
                .iter()
                .any(|interaction| interaction.id == *id)
        );
    }
}
