//! Whether a trainer would help, and why: the same answer for the event and for the action `why`.

use regulars_sdk::history::{self, Filter};
use regulars_sdk::{Context, Instant, Scope, instant, memory};

use crate::goal::{self, Goal, Measured};
use crate::{REFERRED, Settings};

/// What can be seen of the customer, and what follows from it.
pub struct Picture {
    /// Visits of the window.
    pub visits: u32,
    pub goal: Option<Goal>,
    pub measured: Option<Measured>,
    pub verdict: Verdict,
    /// In words.
    pub why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// There is no reason to do anything.
    Leave,
    /// They come often, and nobody knows what for.
    NoGoal,
    /// They come often, and get no closer.
    Refer,
}

/// The visits of the window.
pub fn visits(cx: &Context, settings: &Settings) -> Filter {
    Filter::kind("visit").since(cx.days_ago(settings.visit_days))
}

pub fn look(cx: &Context, settings: &Settings) -> Picture {
    let visits = history::count(visits(cx, settings));
    let goal = goal::stated();
    let measured = goal
        .as_ref()
        .and_then(|goal| goal::measured(cx, settings, goal));
    let (verdict, why) = judge(cx, settings, visits, goal.as_ref(), measured.as_ref());
    Picture {
        visits,
        goal,
        measured,
        verdict,
        why,
    }
}

fn judge(
    cx: &Context,
    settings: &Settings,
    visits: u32,
    goal: Option<&Goal>,
    measured: Option<&Measured>,
) -> (Verdict, String) {
    let days = settings.visit_days;
    if visits == 0 || visits < settings.visits {
        let often = settings.visits;
        return (
            Verdict::Leave,
            format!("{visits} visits in {days} days; {often} are often"),
        );
    }
    let Some(goal) = goal else {
        return (
            Verdict::NoGoal,
            format!("{visits} visits in {days} days, and no stated goal"),
        );
    };
    let metric = goal.metric.replace('_', " ");
    let Some(it) = measured.filter(|it| it.days >= i64::from(settings.min_days)) else {
        let min = settings.min_days;
        return (
            Verdict::Leave,
            format!("{metric} was not measured over {min} days or more"),
        );
    };
    let (first, last, over, target) = (it.first, it.last, it.days, goal.target);
    let progress = it.progress(goal);
    let went = format!("{metric} went from {first} to {last} in {over} days, the goal is {target}");
    if progress >= 100.0 {
        return (Verdict::Leave, format!("the goal is reached: {went}"));
    }
    // What is no number is no reason to speak to anyone.
    if progress.is_nan() || progress >= f64::from(settings.min_progress_percent) {
        return (Verdict::Leave, format!("it goes well: {went}"));
    }
    if let Some(ago) = memory::get::<Instant>(Scope::Customer, REFERRED)
        .map(|at| instant::days_between(at, cx.now))
        .filter(|ago| *ago < i64::from(settings.pause_days))
    {
        return (
            Verdict::Leave,
            format!("suggested {ago} days ago already: {went}"),
        );
    }
    (
        Verdict::Refer,
        format!("{visits} visits in {days} days, and {went}"),
    )
}
