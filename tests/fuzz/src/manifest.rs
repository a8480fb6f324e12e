//! Bytes as the manifest that a plugin describes itself with.

use regulars::model::Json;
use regulars_cli::fuzzing;
use serde_json::json;

use super::shown::{hidden, refusal};

pub fn check(bytes: &[u8]) {
    // A guest's text is UTF-8: the engine sees to it.
    if let Ok(json) = std::str::from_utf8(bytes) {
        text(json);
    }
}

/// A manifest is refused with a reason, or means the same when it is written and read again.
pub fn text(json: &str) {
    let manifest = match fuzzing::manifest(json) {
        Ok(manifest) => manifest,
        Err(error) => return refusal(&error.to_string()),
    };
    let written = serde_json::to_string(&manifest).expect("a manifest is plain data");
    let read = fuzzing::manifest(&written).expect("what was accepted is accepted again");
    assert_eq!(read, manifest, "{written}");

    let schemas = manifest
        .actions
        .iter()
        .flat_map(|action| [&action.input, &action.output]);
    for schema in schemas.chain([&manifest.settings]) {
        validated(schema);
    }
    for part in fuzzing::in_words(&manifest) {
        for line in part.lines {
            assert!(!line.contains(hidden), "{}: {line:?}", part.heading);
        }
    }
}

/// A schema that was accepted answers whatever it is asked.
fn validated(schema: &Json) {
    for value in [
        json!({}),
        json!(null),
        json!({"a": [{"a": "b"}, 1.5, -1, true], "visits": 12}),
        json!("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"),
    ] {
        if let Err(problem) = fuzzing::conforms(schema, &value) {
            refusal(&problem);
        }
    }
}
