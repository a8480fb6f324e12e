//! A customer's goal and progress, from the data of notes and measurements, which may hold anything.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::history::{self, Filter};
use crate::{Instant, Interaction, instant};

/// A stated goal: a metric that is measured, and its target value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[allow(
    missing_docs,
    reason = "the type says it, and the schema repeats what is said here"
)]
pub struct Goal {
    pub metric: String,
    pub target: f64,
}

/// The progress towards the last stated goal.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// The last stated goal, if any.
    pub goal: Option<Goal>,
    /// The measurements of its metric.
    pub measured: Measured,
}

/// The `first` and the `last` value of a metric, none where it was measured less than twice. An
/// action can tell it: `#[serde(flatten)]` puts it into an output.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[allow(
    missing_docs,
    reason = "the type says it, and the schema repeats what is said here"
)]
pub struct Measured {
    pub first: Option<f64>,
    pub last: Option<f64>,
    /// Days between the first and the last measurement.
    pub measured_days: Option<i64>,
    /// The last measurement, and the first.
    #[serde(skip)]
    pub evidence: Vec<Interaction>,
}

/// The assessment of a goal by its measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// No goal was stated.
    NoGoal,
    /// Too few measurements, or over too short a time.
    NotMeasured,
    /// The target is reached or passed.
    Reached,
    /// The progress is sufficient.
    OnCourse,
    /// The progress is insufficient or in the wrong direction.
    Stuck,
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

/// Returns the last stated goal: `{"goal": {"metric": "weight_kg", "target": 75}}` in a note or a
/// measurement.
pub fn stated_goal() -> Option<Goal> {
    let told = history::recent(Filter::kinds(["note", "measurement"]));
    let stated: Stated = told.iter().find_map(Interaction::data_as)?;
    Some(stated.goal)
}

/// Returns the progress towards the last stated goal, from the measurements since an instant: at least two
/// with `{"metric": "weight_kg", "value": 82.4}`.
pub fn to_stated_goal(since: Instant) -> Progress {
    let goal = stated_goal();
    let measured = goal.as_ref().and_then(|it| measured(&it.metric, since));
    Progress {
        goal,
        measured: measured.unwrap_or_default(),
    }
}

fn measured(metric: &str, since: Instant) -> Option<Measured> {
    let mut newest_first = history::recent(Filter::kind("measurement").since(since))
        .into_iter()
        .filter_map(|it| Some((it.data_as::<Measurement>()?, it)))
        .filter(|(measurement, _)| measurement.metric == metric);
    let (last, newest) = newest_first.next()?;
    let (first, oldest) = newest_first.next_back()?;
    let days = instant::days_between(oldest.occurred_at, newest.occurred_at);
    Some(Measured {
        first: Some(first.value),
        last: Some(last.value),
        measured_days: Some(days),
        evidence: vec![newest, oldest],
    })
}

impl Progress {
    /// Returns the verdict, and a clause about it for people, without a full stop: `weight kg went from 82.4
    /// to 82.1 in 54 days, the goal is 75`.
    ///
    /// Measurements less than `min_days` apart give [`Verdict::NotMeasured`]. At least `min_percent` of the
    /// way from the first measurement to the goal give [`Verdict::OnCourse`].
    pub fn verdict(&self, min_days: u32, min_percent: u32) -> (Verdict, String) {
        let Some(Goal { metric, target }) = &self.goal else {
            return (Verdict::NoGoal, "no stated goal".to_owned());
        };
        let metric = metric.replace('_', " ");
        let it = &self.measured;
        let days = it.measured_days.filter(|it| *it >= i64::from(min_days));
        let (Some(first), Some(last), Some(days)) = (it.first, it.last, days) else {
            let words = format!("{metric} was not measured over {min_days} days or more");
            return (Verdict::NotMeasured, words);
        };
        let went =
            format!("{metric} went from {first} to {last} in {days} days, the goal is {target}");
        let percent = percent_of_the_way(first, last, *target);
        if percent >= 100.0 {
            (Verdict::Reached, format!("the goal is reached: {went}"))
        } else if percent < f64::from(min_percent) {
            (Verdict::Stuck, went)
        } else {
            // NaN counts too: it is no reason to speak to anyone.
            (Verdict::OnCourse, format!("it goes well: {went}"))
        }
    }
}

/// Returns the percentage of the way: negative values lead away from the target, and 100 or more reach it.
fn percent_of_the_way(first: f64, last: f64, target: f64) -> f64 {
    let way = target - first;
    if way == 0.0 {
        100.0
    } else {
        100.0 * (last - first) / way
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(first: f64, last: f64, target: f64) -> Progress {
        Progress {
            goal: Some(Goal {
                metric: "weight_kg".to_owned(),
                target,
            }),
            measured: Measured {
                first: Some(first),
                last: Some(last),
                measured_days: Some(30),
                evidence: Vec::new(),
            },
        }
    }

    #[test]
    fn progress_has_direction() {
        let percent = [70.0, 90.0, 78.0, 80.0].map(|it| percent_of_the_way(80.0, 78.0, it));
        assert_eq!(percent, [20.0, -20.0, 100.0, 100.0]);
    }

    #[test]
    fn verdict_has_its_clause() {
        let went = "weight kg went from 80 to 78 in 30 days, the goal is";
        for (target, verdict, words) in [
            (70.0, Verdict::OnCourse, format!("it goes well: {went} 70")),
            (60.0, Verdict::Stuck, format!("{went} 60")),
            (90.0, Verdict::Stuck, format!("{went} 90")),
            (
                79.0,
                Verdict::Reached,
                format!("the goal is reached: {went} 79"),
            ),
        ] {
            let judged = measured(80.0, 78.0, target).verdict(30, 20);
            assert_eq!(judged, (verdict, words));
        }
    }

    #[test]
    fn verdict_reports_missing_facts() {
        let (verdict, words) = measured(80.0, 78.0, 70.0).verdict(31, 20);
        assert_eq!(verdict, Verdict::NotMeasured);
        assert_eq!(words, "weight kg was not measured over 31 days or more");
        let (verdict, words) = Progress::default().verdict(30, 20);
        assert_eq!((verdict, &*words), (Verdict::NoGoal, "no stated goal"));
        let beyond_numbers = measured(-f64::MAX, f64::MAX, f64::MAX);
        assert_eq!(beyond_numbers.verdict(30, 20).0, Verdict::OnCourse);
    }
}
