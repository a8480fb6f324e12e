//! What the customer wants to reach, and how far they got: read from the data of notes and
//! measurements, which may hold anything.

use regulars_sdk::history::{self, Filter};
use regulars_sdk::{Context, Interaction, instant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Settings;

/// A goal as it was stated: a metric that is measured, and the value to reach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Goal {
    pub metric: String,
    pub target: f64,
}

/// The first and the last measurement of a goal's metric.
pub struct Measured {
    pub first: f64,
    pub last: f64,
    pub days: i64,
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

/// The goal that was stated last.
pub fn stated() -> Option<Goal> {
    let told = history::recent(Filter::kinds(["note", "measurement"]));
    told.iter()
        .find_map(|it| it.data_as::<Stated>())
        .map(|it| it.goal)
}

/// How the goal's metric went; none with fewer than two measurements.
pub fn measured(cx: &Context, settings: &Settings, goal: &Goal) -> Option<Measured> {
    let since = cx.days_ago(settings.measured_days);
    let mut newest_first = history::recent(Filter::kind("measurement").since(since))
        .into_iter()
        .filter_map(|it| Some((it.data_as::<Measurement>()?, it)))
        .filter(|(measurement, _)| measurement.metric == goal.metric);
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
    /// How much of the way to the goal was made, in percent: negative is away from it, 100 and
    /// more is there.
    pub fn progress(&self, goal: &Goal) -> f64 {
        let way = goal.target - self.first;
        if way == 0.0 {
            100.0
        } else {
            100.0 * (self.last - self.first) / way
        }
    }
}
