//! What each fuzz target does with its bytes. `tests/it` replays the corpus through the same
//! functions on stable Rust, so that what was found once stays a test.

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

/// What is done with the bytes of one input. It panics where something does not hold.
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
