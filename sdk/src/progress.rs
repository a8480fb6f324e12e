//! What the customer wants to reach, and how far they got: read from the data of notes and
//! measurements, which may hold anything.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::history::{self, Filter};
use crate::{Instant, Interaction, instant};

/// A goal as it was stated: a metric that is measured, and the value to reach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[allow(
    missing_docs,
    reason = "the type says it, and the schema repeats what is said here"
)]
pub struct Goal {
    pub metric: String,
    pub target: f64,
}

/// The first and the last measurement of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The first value …
    pub first: f64,
    /// … and the last.
    pub last: f64,
    /// Whole days between them.
    pub days: i64,
    /// The last one, and the first.
    pub evidence: [Interaction; 2],
}

#[derive(Deserialize)]
struct Stated {
    goal: Goal,
}

#[derive(Deserialize)]
struct Measurement {
    metric: String,
    value: f64,
}

/// The goal that was stated last: `{"goal": {"metric": "weight_kg", "target": 75}}` in a note or a
/// measurement.
pub fn stated_goal() -> Option<Goal> {
    let told = history::recent(Filter::kinds(["note", "measurement"]));
    let stated: Stated = told.iter().find_map(Interaction::data_as)?;
    Some(stated.goal)
}

/// How a metric went since a moment, by measurements with `{"metric": "weight_kg", "value": 82.4}`;
/// none with fewer than two of them.
pub fn measured(metric: &str, since: Instant) -> Option<Measured> {
    let mut newest_first = history::recent(Filter::kind("measurement").since(since))
        .into_iter()
        .filter_map(|it| Some((it.data_as::<Measurement>()?, it)))
        .filter(|(measurement, _)| measurement.metric == metric);
    let (last, newest) = newest_first.next()?;
    let (first, oldest) = newest_first.next_back()?;
    Some(Measured {
        first: first.value,
        last: last.value,
        days: instant::days_between(oldest.occurred_at, newest.occurred_at),
        evidence: [newest, oldest],
    })
}

impl Measured {
    /// How much of the way to `target` was made, in percent: negative is away from it, 100 and
    /// more is there.
    pub fn percent_of_the_way(&self, target: f64) -> f64 {
        let way = target - self.first;
        if way == 0.0 {
            100.0
        } else {
            100.0 * (self.last - self.first) / way
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Direction;

    #[test]
    fn the_way_has_a_direction() {
        let weighed = Interaction {
            id: "m1".to_owned(),
            kind: "measurement".to_owned(),
            direction: Direction::Inbound,
            occurred_at: 0,
            channel: None,
            subject: None,
            body: None,
            data: "{}".to_owned(),
        };
        let measured = Measured {
            first: 80.0,
            last: 78.0,
            days: 30,
            evidence: [weighed.clone(), weighed],
        };
        let percent = [70.0, 90.0, 78.0, 80.0].map(|it| measured.percent_of_the_way(it));
        assert_eq!(percent, [20.0, -20.0, 100.0, 100.0]);
    }
}
