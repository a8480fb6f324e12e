//! The checks of the fuzz targets. `tests/it` replays the corpus through the same
//! functions on stable Rust, so that each finding stays a test.

pub mod answer;
pub mod component;
pub mod csv;
pub mod dates;
mod guest;
pub mod manifest;
pub mod ndjson;
mod served;
mod shown;
pub mod situation;

/// Checks the bytes of one input. It panics if a property does not hold.
pub type Check = fn(&[u8]);

/// Every target, by the name of its corpus.
pub const TARGETS: [(&str, Check); 7] = [
    ("answer", answer::check),
    ("component", component::check),
    ("csv", csv::check),
    ("dates", dates::check),
    ("manifest", manifest::check),
    ("ndjson", ndjson::check),
    ("situation", situation::check),
];
