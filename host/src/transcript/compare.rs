//! Where two answers differ.

use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::model::Json;
use crate::runtime::Answer;

/// One thing that is not the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Difference {
    /// `effect 2`, by its place in the answer that has it; `output`; `failure`.
    pub what: String,
    /// As it was recorded; none where only the replay has it.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Value>))]
    pub recorded: Option<Json>,
    /// As it came now; none where only the record has it.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Value>))]
    pub replayed: Option<Json>,
}

/// What differs, in the order of the effects. Effects that moved because another one came or went
/// are not told.
pub(super) fn differences(recorded: &Answer, replayed: &Answer) -> Vec<Difference> {
    let mut found = Vec::new();
    let failure = |answer: &Answer| answer.failure.as_ref().map(sorted);
    // The words of a failure are shown, but only its kind is compared.
    if recorded.failure.as_ref().map(|it| it.kind) != replayed.failure.as_ref().map(|it| it.kind) {
        found.push(Difference {
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
            found.push(Difference {
                what: format!("effect {place}"),
                recorded: old.map(|index| sorted(&recorded.effects[index])),
                replayed: new.map(|index| sorted(&replayed.effects[index])),
            });
        }
    }
    let output = |answer: &Answer| answer.output.as_ref().map(sorted);
    if output(recorded) != output(replayed) {
        found.push(Difference {
            what: "output".to_owned(),
            recorded: output(recorded),
            replayed: output(replayed),
        });
    }
    found
}

fn effects(answer: &Answer) -> Vec<String> {
    let effects = answer.effects.iter();
    effects.map(|effect| sorted(effect).to_string()).collect()
}

fn sorted(value: &impl Serialize) -> Json {
    let mut json = serde_json::to_value(value).unwrap_or_default();
    json.sort_all_objects();
    json
}
