//! The fuzz targets' corpora: first inputs and findings, each checked by its target.

use std::panic::catch_unwind;
use std::path::Path;

use crate::fuzz::TARGETS;

/// Tries every file of a target's corpus, and names those on which something does not hold.
fn replay(target: &str) {
    let (_, check) = TARGETS.iter().find(|(name, _)| *name == target).unwrap();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut tried = 0;
    let mut failed = Vec::new();
    for file in std::fs::read_dir(&corpus).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        if catch_unwind(|| check(&bytes)).is_err() {
            failed.push(path);
        }
        tried += 1;
    }
    assert!(tried >= 10, "the corpus of {target} was not found");
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn guest_answers_are_read_or_refused() {
    replay("answer");
}

#[test]
fn components_are_loaded_or_refused() {
    replay("component");
}

#[test]
fn csv_files_are_imported_row_by_row_or_refused() {
    replay("csv");
}

#[test]
fn dates_are_read_or_refused() {
    replay("dates");
}

#[test]
fn manifests_are_read_or_refused() {
    replay("manifest");
}

#[test]
fn lines_of_json_are_recorded_or_refused() {
    replay("ndjson");
}

#[test]
fn situations_are_read_or_refused() {
    replay("situation");
}

#[test]
fn every_corpus_has_its_target() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut names: Vec<String> = std::fs::read_dir(corpus)
        .unwrap()
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, TARGETS.map(|(name, _)| name));
}
