//! The action `why`.

use regulars_sdk::{Context, Failure, Reply, Scope, memory};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::goal::Goal;
use crate::verdict::{Verdict, look};
use crate::{Settings, TRAINING_FOR};

#[derive(Deserialize, JsonSchema)]
pub struct WhyInput {}

/// What the plugin sees, and what follows from it.
#[derive(Serialize, JsonSchema)]
pub struct Why {
    visits: u32,
    visit_days: u32,
    /// The goal that was stated last, if any.
    goal: Option<Goal>,
    /// What they said they train for, when asked.
    training_for: Option<String>,
    first: Option<f64>,
    last: Option<f64>,
    /// Days between the first and the last measurement.
    measured_days: Option<i64>,
    would_refer: bool,
    why: String,
}

pub fn act(cx: &Context, WhyInput {}: &WhyInput) -> Result<Reply, Failure> {
    let settings: Settings = cx.settings()?;
    let picture = look(cx, &settings);
    let measured = picture.measured.as_ref();
    Reply::new(&Why {
        visits: picture.visits,
        visit_days: settings.visit_days,
        training_for: memory::get(Scope::Customer, TRAINING_FOR),
        first: measured.map(|it| it.first),
        last: measured.map(|it| it.last),
        measured_days: measured.map(|it| it.days),
        would_refer: picture.verdict == Verdict::Refer,
        goal: picture.goal,
        why: picture.why,
    })
}
