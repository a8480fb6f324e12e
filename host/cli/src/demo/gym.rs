//! The gym: a member who trains hard without reaching her goal, and others.

use anyhow::Result;
use serde_json::json;

use super::seed::{Person, Seed, card, email, pseudo_random};
use regulars::model::{CustomerId, Level};

/// Comes nearly every morning, and wants to weigh 75 kg, but her weight stays the same.
pub const ADA: &str = "Ada Berger";
/// Came often, but not in the last two months.
pub const YUSUF: &str = "Yusuf Demir";

/// Seeds members and their history. Returns Ada.
pub fn seed_business(seed: &mut Seed<'_>) -> Result<CustomerId> {
    let ada = ada(seed)?;
    tom(seed)?;
    jonas(seed)?;
    lena(seed)?;
    yusuf(seed)?;
    Ok(ada)
}

fn member<'a>(name: &'a str, since_days: u32, level: Level) -> Person<'a> {
    Person {
        business: "gym",
        name,
        since_days,
        level,
        birthday: None,
        tags: &["gym"],
        contact_points: Vec::new(),
    }
}

/// Adds visits at about this hour, on `often` of ten days.
fn visits(
    seed: &mut Seed<'_>,
    who: CustomerId,
    name: &str,
    days: std::ops::RangeInclusive<u32>,
    hour: i8,
    tenths: u64,
) -> Result<()> {
    for day in days.rev() {
        let day_name = day.to_string();
        if pseudo_random(&[name, "comes", &day_name], 10) < tenths {
            let minute = i8::try_from(pseudo_random(&[name, "minute", &day_name], 45))?;
            let data = json!({ "entrance": "main" });
            seed.past(who, "visit", (day, hour, minute), "turnstile", data)?;
        }
    }
    Ok(())
}

fn weigh(seed: &mut Seed<'_>, who: CustomerId, weights: &[(u32, f64)]) -> Result<()> {
    for (days, weight) in weights {
        let data = json!({ "metric": "weight_kg", "value": weight });
        seed.past(who, "measurement", (*days, 7, 55), "scale", data)?;
    }
    Ok(())
}

fn ada(seed: &mut Seed<'_>) -> Result<CustomerId> {
    let ada = seed.person(Person {
        birthday: Some("1992-02-29".parse()?),
        contact_points: vec![card("G-1001"), email("ada.berger@example.org")],
        ..member(ADA, 212, Level::Medium)
    })?;
    let plan = json!({ "plan": "all-day", "monthly_eur": 39 });
    seed.past(ada, "membership", (212, 12, 5), "desk", plan)?
        .subject = Some("Joined".to_owned());
    let goal = json!({ "goal": { "metric": "weight_kg", "target": 75 } });
    seed.past(ada, "note", (150, 18, 20), "desk", goal)?.body =
        Some("I would like to be at 75 kg by the summer.".to_owned());
    visits(seed, ada, ADA, 1..=180, 6, 8)?;
    weigh(
        seed,
        ada,
        &[
            (149, 82.9),
            (112, 82.6),
            (84, 82.4),
            (56, 82.7),
            (28, 82.2),
            (5, 82.1),
        ],
    )?;
    Ok(ada)
}

/// Comes as often, and reaches his goal.
fn tom(seed: &mut Seed<'_>) -> Result<()> {
    let tom = seed.person(Person {
        contact_points: vec![card("G-1002"), email("tom.okafor@example.org")],
        ..member("Tom Okafor", 400, Level::High)
    })?;
    let goal = json!({ "goal": { "metric": "bench_press_kg", "target": 100 } });
    seed.past(tom, "note", (120, 17, 0), "desk", goal)?.body =
        Some("A hundred on the bench, that would be something.".to_owned());
    visits(seed, tom, "Tom Okafor", 1..=200, 17, 6)?;
    for (days, value) in [(80, 80.0), (50, 86.0), (20, 92.5), (4, 95.0)] {
        let data = json!({ "metric": "bench_press_kg", "value": value });
        seed.past(tom, "measurement", (days, 18, 10), "trainer", data)?;
    }
    Ok(())
}

/// Comes often, with an unknown goal.
fn jonas(seed: &mut Seed<'_>) -> Result<()> {
    let jonas = seed.person(Person {
        contact_points: vec![card("G-1003")],
        ..member("Jonas Weber", 75, Level::Low)
    })?;
    visits(seed, jonas, "Jonas Weber", 1..=75, 19, 7)?;
    seed.now(jonas, "visit", "turnstile", json!({ "entrance": "main" }));
    Ok(())
}

/// Has her birthday tomorrow, and wants high contact.
fn lena(seed: &mut Seed<'_>) -> Result<()> {
    let lena = seed.person(Person {
        birthday: Some(seed.birthday_in(1, None)?),
        contact_points: vec![card("G-1004"), email("lena.fischer@example.org")],
        ..member("Lena Fischer", 630, Level::High)
    })?;
    visits(seed, lena, "Lena Fischer", 2..=300, 12, 3)?;
    Ok(())
}

/// Has not come for two months.
fn yusuf(seed: &mut Seed<'_>) -> Result<()> {
    let yusuf = seed.person(Person {
        contact_points: vec![card("G-1005")],
        ..member(YUSUF, 320, Level::Low)
    })?;
    visits(seed, yusuf, YUSUF, 62..=320, 8, 4)
}
