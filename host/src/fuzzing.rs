//! Entry points for the fuzz targets of `tests/fuzz` and for the test that replays their corpus: readers
//! that a caller reaches only through a component, a command or a file. Not part of the API: only the
//! feature `__fuzzing` compiles them.

use regulars_manifest::Manifest;

use crate::model::Json;
use crate::plugin::{PluginError, Section, Validator, read};

#[cfg(feature = "cli")]
pub use crate::cli::fuzzing::{Day, import, situation};

/// A manifest as the host reads it from a plugin that describes itself.
pub fn manifest(json: &str) -> Result<Manifest, PluginError> {
    read(json)
}

/// What a manifest asks for, in sentences.
pub fn in_words(manifest: &Manifest) -> Vec<Section> {
    crate::plugin::sections(manifest)
}

/// Whether a value fits a schema, as the host asks of settings and of an action's input and output;
/// else why not.
pub fn conforms(schema: &Json, value: &Json) -> Result<(), String> {
    let wrong = |errors: Vec<crate::plugin::SchemaError>| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        errors.join("; ")
    };
    Validator::new(schema)?.check(value).map_err(wrong)
}
