//! What the data shows: a habit, and the interactions that show it. Why it is one, only the
//! customer knows.

use std::collections::BTreeMap;

use regulars_sdk::history::{self, Filter};
use regulars_sdk::{Interaction, instant};
use serde_json::Value;

use crate::Settings;

/// Something striking, and the question that it leads to.
pub struct Pattern {
    /// The question's id.
    pub id: &'static str,
    pub question: String,
    pub reason: String,
    pub evidence: Vec<Interaction>,
}

/// A habit shows in the newest of them; reading more would cost every call.
pub const ENOUGH: u32 = 60;

/// A category that makes up nearly all that they buy.
pub fn category(settings: &Settings) -> Option<Pattern> {
    let purchases = Filter::kind("purchase").limit(ENOUGH);
    if history::count(purchases.clone()) < settings.min_purchases {
        return None;
    }
    let mut bought = history::recent(purchases);
    bought.retain(|it| it.is_inbound() && !categories(it).is_empty());
    if bought.is_empty() || bought.len() < settings.min_purchases as usize {
        return None;
    }
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    for category in bought.iter().flat_map(categories) {
        *lines.entry(category).or_default() += 1;
    }
    let all: usize = lines.values().sum();
    let (most, count) = lines.into_iter().max_by_key(|(_, count)| *count)?;
    if count * 100 < all * settings.category_percent as usize {
        return None;
    }
    let purchases = bought.len();
    bought.retain(|it| categories(it).contains(&most));
    Some(Pattern {
        id: "why-category",
        question: format!("You often choose {most}. May we ask what makes it the one for you?"),
        reason: format!("{count} of {all} things in {purchases} purchases were {most}."),
        evidence: bought,
    })
}

/// A time of the week at which they come nearly always.
///
/// Moments are compared modulo a week, so that it needs no time zone, and an hour more or less by
/// a clock change is within the tolerance. For the same reason the question does not name the time.
pub fn time_of_week(settings: &Settings) -> Option<Pattern> {
    let visits = Filter::kind("visit").limit(ENOUGH);
    if history::count(visits.clone()) < settings.min_visits {
        return None;
    }
    let mut visits = history::recent(visits);
    visits.retain(Interaction::is_inbound);
    if visits.is_empty() || visits.len() < settings.min_visits as usize {
        return None;
    }
    let tolerance = i64::from(settings.same_time_hours) * instant::HOUR;
    let near = |a: &Interaction, b: &Interaction| {
        let apart = (a.occurred_at - b.occurred_at).rem_euclid(instant::WEEK);
        apart.min(instant::WEEK - apart) <= tolerance
    };
    let count = |centre: &&Interaction| visits.iter().filter(|it| near(it, centre)).count();
    let centre = visits.iter().max_by_key(count)?;
    let (same, all) = (count(&centre), visits.len());
    if same * 100 < all * settings.same_time_percent as usize {
        return None;
    }
    Some(Pattern {
        id: "why-time",
        question:
            "You nearly always come at the same time of the week. May we ask what makes it yours?"
                .to_owned(),
        reason: format!("{same} of {all} visits were at the same time of the week."),
        evidence: visits
            .iter()
            .filter(|it| near(it, centre))
            .cloned()
            .collect(),
    })
}

/// What was bought, by category, a line each: `{"lines": [{"category": "coffee"}]}`, or
/// `{"category": "coffee"}` for all of it.
fn categories(purchase: &Interaction) -> Vec<String> {
    let data: Value = purchase.data_as().unwrap_or_default();
    let lines = data.get("lines").and_then(Value::as_array);
    let of_line = |line: &Value| {
        let name = line.get("category")?.as_str()?.trim().to_lowercase();
        Some(name).filter(|it| (1..=60).contains(&it.chars().count()))
    };
    match lines.map(|lines| lines.iter().filter_map(of_line).collect::<Vec<_>>()) {
        Some(lines) if !lines.is_empty() => lines,
        _ => of_line(&data).into_iter().collect(),
    }
}
