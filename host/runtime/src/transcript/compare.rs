//! The difference between two outputs.

use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::runtime::CallOutput;
use regulars_model::Json;

/// One difference between a recorded and a replayed output.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct OutputDiff {
    /// `effect 2`, by its position in the output that has it; `output`; or `failure`.
    pub what: String,
    /// The recorded value. `None` if only the replay has one.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Value>))]
    pub recorded: Option<Json>,
    /// The replayed value. `None` if only the record has one.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Value>))]
    pub replayed: Option<Json>,
}

/// Returns the differences in the order of the effects. An effect that only moved because of another one is
/// not reported.
pub(super) fn differences(recorded: &CallOutput, replayed: &CallOutput) -> Vec<OutputDiff> {
    let mut found = Vec::new();
    let failure = |answer: &CallOutput| answer.failure.as_ref().map(sorted);
    // The failures' texts are shown, but only their kinds are compared.
    if recorded.failure.as_ref().map(|it| it.kind) != replayed.failure.as_ref().map(|it| it.kind) {
        found.push(OutputDiff {
            what: "failure".to_owned(),
            recorded: failure(recorded),
            replayed: failure(replayed),
        });
    }
    let (before, after) = (effects(recorded), effects(replayed));
    for op in capture_diff_slices(Algorithm::Myers, &before, &after) {
        let (old, new) = match op {
            DiffOp::Equal { .. } => continue,
            DiffOp::Delete { .. } | DiffOp::Insert { .. } | DiffOp::Replace { .. } => {
                (op.old_range(), op.new_range())
            }
        };
        for step in 0..old.len().max(new.len()) {
            let (old, new) = (old.clone().nth(step), new.clone().nth(step));
            let place = old.or(new).unwrap_or_default() + 1;
            found.push(OutputDiff {
                what: format!("effect {place}"),
                recorded: old.map(|index| sorted(&recorded.effects[index])),
                replayed: new.map(|index| sorted(&replayed.effects[index])),
            });
        }
    }
    let output = |answer: &CallOutput| answer.output.as_ref().map(sorted);
    if output(recorded) != output(replayed) {
        found.push(OutputDiff {
            what: "output".to_owned(),
            recorded: output(recorded),
            replayed: output(replayed),
        });
    }
    found
}

fn effects(answer: &CallOutput) -> Vec<String> {
    let effects = answer.effects.iter();
    effects.map(|effect| sorted(effect).to_string()).collect()
}

fn sorted(value: &impl Serialize) -> Json {
    let mut json = serde_json::to_value(value).unwrap_or_default();
    json.sort_all_objects();
    json
}
