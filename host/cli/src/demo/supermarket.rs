//! The supermarket: a customer who buys only produce, and others.

use anyhow::Result;
use serde_json::{Value, json};

use super::seed::{Person, Seed, card, email, pseudo_random};
use regulars::model::{CustomerId, Level};

/// Comes twice a week and buys only produce.
pub const ROSA: &str = "Rosa Lindt";

const PRODUCE: [(&str, f64); 6] = [
    ("Tomatoes", 2.49),
    ("Apples", 3.20),
    ("Spinach", 1.99),
    ("Leeks", 1.79),
    ("Pears", 2.95),
    ("Carrots", 1.29),
];

const OTHER: [(&str, &str, f64); 6] = [
    ("Bread", "bakery", 3.40),
    ("Milk", "dairy", 1.19),
    ("Coffee", "drinks", 6.99),
    ("Pasta", "dry goods", 1.49),
    ("Detergent", "household", 4.95),
    ("Cheese", "dairy", 3.89),
];

/// Seeds customers and their purchases.
pub fn seed_business(seed: &mut Seed<'_>) -> Result<()> {
    let rosa = seed.person(Person {
        contact_points: vec![card("S-2001"), email("rosa.lindt@example.org")],
        ..shopper(ROSA, 240, Level::Medium)
    })?;
    purchases(seed, rosa, ROSA, 1..=200, 3, 100)?;
    seed.now(rosa, "purchase", "till", basket(ROSA, "today", 100));

    let marta = seed.person(Person {
        contact_points: vec![card("S-2002")],
        ..shopper("Marta Novak", 500, Level::Low)
    })?;
    purchases(seed, marta, "Marta Novak", 1..=180, 3, 30)?;
    let note = json!({ "heard_by": "Mina", "topic": "opening hours" });
    seed.past(marta, "feedback", (34, 18, 40), "till", note)?
        .body = Some("If you were open until nine I would not have to rush.".to_owned());

    let paul = seed.person(Person {
        birthday: Some(seed.birthday_in(3, Some(1958))?),
        contact_points: vec![card("S-2003"), email("paul.meier@example.org")],
        ..shopper("Paul Meier", 900, Level::High)
    })?;
    purchases(seed, paul, "Paul Meier", 2..=180, 5, 40)?;

    let ines = seed.person(Person {
        contact_points: vec![card("S-2004")],
        ..shopper("Inês Duarte", 60, Level::Low)
    })?;
    purchases(seed, ines, "Inês Duarte", 3..=60, 2, 20)
}

fn shopper<'a>(name: &'a str, since_days: u32, level: Level) -> Person<'a> {
    Person {
        business: "supermarket",
        name,
        since_days,
        level,
        birthday: None,
        tags: &["supermarket"],
        contact_points: Vec::new(),
    }
}

/// Adds purchases on `often` of ten days.
fn purchases(
    seed: &mut Seed<'_>,
    who: CustomerId,
    name: &str,
    days: std::ops::RangeInclusive<u32>,
    tenths: u64,
    produce_percent: u64,
) -> Result<()> {
    for day in days.rev() {
        let day_name = day.to_string();
        if pseudo_random(&[name, "buys", &day_name], 10) < tenths {
            let hour = 9 + i8::try_from(pseudo_random(&[name, "hour", &day_name], 10))?;
            let minute = i8::try_from(pseudo_random(&[name, "minute", &day_name], 60))?;
            let data = basket(name, &day_name, produce_percent);
            seed.past(who, "purchase", (day, hour, minute), "till", data)?;
        }
    }
    Ok(())
}

fn basket(name: &str, day: &str, produce_percent: u64) -> Value {
    let pick = |what: &str, line: u64, below: u64| {
        pseudo_random(&[name, day, what, &line.to_string()], below)
    };
    let mut total = 0.0;
    let mut lines = Vec::new();
    for line in 0..2 + pick("lines", 0, 4) {
        let (article, category, amount) = if pick("produce", line, 100) < produce_percent {
            let (article, amount) = PRODUCE[pick("article", line, 6) as usize];
            (article, "produce", amount)
        } else {
            OTHER[pick("article", line, 6) as usize]
        };
        total += amount;
        lines.push(json!({ "article": article, "category": category, "amount": amount }));
    }
    let total = (total * 100.0).round() / 100.0;
    json!({ "lines": lines, "total": total, "currency": "EUR" })
}
