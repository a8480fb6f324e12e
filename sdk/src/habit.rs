//! Habits: what a customer nearly always does. Only the customer knows the reason.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{Interaction, history, instant};

/// A repeated act, with the interactions that show it.
#[derive(Debug, Clone, PartialEq)]
pub struct Habit {
    /// The name of the habit, if it has one.
    pub what: String,
    /// The number of times that it was observed.
    pub count: usize,
    /// The number of observations.
    pub all: usize,
    /// The numbers as a sentence, fit to be the reason of a proposal.
    pub reason: String,
    /// The first twelve interactions that show it.
    pub evidence: Vec<Interaction>,
}

impl Habit {
    /// Returns the habit if it makes up at least `percent` percent.
    pub fn at_least(self, percent: u32) -> Option<Habit> {
        Some(self).filter(|it| it.count * 100 >= it.all * percent as usize)
    }
}

/// Returns the purchases of [known](categories) category among the customer's newest `most`. `None` if there
/// are fewer than `least`.
pub fn purchases(least: u32, most: u32) -> Option<Vec<Interaction>> {
    let mut bought = history::inbound("purchase", least, most)?;
    bought.retain(|it| !categories(it).is_empty());
    Some(bought).filter(|it| it.len() >= least as usize)
}

/// Returns the category that was bought most, among purchases of [known](categories) category.
pub fn category(purchases: &[Interaction]) -> Option<Habit> {
    let mut known: Vec<_> = purchases.iter().map(|it| (it, categories(it))).collect();
    known.retain(|(_, lines)| !lines.is_empty());
    let mut lines: BTreeMap<&str, usize> = BTreeMap::new();
    for category in known.iter().flat_map(|(_, lines)| lines) {
        *lines.entry(category).or_default() += 1;
    }
    let (times, all) = (known.len(), lines.values().sum());
    let (what, count) = lines.into_iter().max_by_key(|(_, count)| *count)?;
    let shows_it = known
        .iter()
        .filter(|(_, it)| it.iter().any(|it| it == what));
    Some(Habit {
        what: what.to_owned(),
        count,
        all,
        reason: format!("{count} of {all} things in {times} purchases were {what}."),
        evidence: cited(shows_it.map(|(it, _)| *it)),
    })
}

/// Returns the most frequent time of the week, within a tolerance in hours.
///
/// Instants are compared modulo a week, which needs no time zone. A clock change is within a tolerance of an
/// hour or more. For the same reason the time has no name.
pub fn time_of_week(visits: &[Interaction], tolerance_hours: u32) -> Option<Habit> {
    let tolerance = i64::from(tolerance_hours) * instant::HOUR;
    let near = |a: &Interaction, b: &Interaction| {
        let apart = (a.occurred_at - b.occurred_at).rem_euclid(instant::WEEK);
        apart.min(instant::WEEK - apart) <= tolerance
    };
    let count = |centre: &&Interaction| visits.iter().filter(|it| near(it, centre)).count();
    let centre = visits.iter().max_by_key(count)?;
    let (count, all) = (count(&centre), visits.len());
    Some(Habit {
        what: String::new(),
        count,
        all,
        reason: format!("{count} of {all} visits were at the same time of the week."),
        evidence: cited(visits.iter().filter(|it| near(it, centre))),
    })
}

fn cited<'a>(shows_it: impl Iterator<Item = &'a Interaction>) -> Vec<Interaction> {
    shows_it.take(history::EVIDENCE as usize).cloned().collect()
}

/// Returns the category of each line of a purchase, from `{"lines": [{"category": "coffee"}]}`, or from
/// `{"category": "coffee"}` for the whole.
pub fn categories(purchase: &Interaction) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Direction;

    fn at(occurred_at: i64, data: &str) -> Interaction {
        Interaction {
            id: occurred_at.to_string(),
            kind: "purchase".to_owned(),
            direction: Direction::Inbound,
            occurred_at,
            channel: None,
            subject: None,
            body: None,
            data: data.to_owned(),
        }
    }

    #[test]
    fn category_is_that_of_most_lines() {
        let lines = r#"{"lines": [{"category": "Tea "}, {"category": "tea"}, {}]}"#;
        let bought = [at(2, lines), at(1, r#"{"category": "milk"}"#), at(0, "?")];
        let habit = category(&bought).unwrap();
        assert_eq!((habit.what.as_str(), habit.count, habit.all), ("tea", 2, 3));
        assert_eq!(habit.reason, "2 of 3 things in 2 purchases were tea.");
        assert_eq!(habit.evidence, bought[..1]);
        assert!(habit.clone().at_least(66).is_some());
        assert!(habit.at_least(67).is_none());
        assert_eq!(category(&[]), None);
    }

    #[test]
    fn time_of_week_wraps_around() {
        let times = [instant::WEEK - 1, 1, instant::WEEK + 1, instant::DAY];
        let habit = time_of_week(&times.map(|at_| at(at_, "{}")), 1).unwrap();
        assert_eq!((habit.count, habit.all, habit.evidence.len()), (3, 4, 3));
        let often = time_of_week(&[0; 20].map(|at_| at(at_, "{}")), 1).unwrap();
        assert_eq!((often.count, often.evidence.len()), (20, 12));
        let reason = "3 of 4 visits were at the same time of the week.";
        assert_eq!(habit.reason, reason);
    }
}
