//! The wording of the sources: doc comments begin with their subject, and retired names stay retired.

mod retired;

use crate::sources::{Source, rust, without_tests};

/// The largest share of doc comments outside tests that may begin with a wh-word.
const MOST: f64 = 0.03;

const WH_WORDS: &[&str] = &[
    "what",
    "who",
    "whom",
    "whose",
    "whether",
    "which",
    "when",
    "where",
    "why",
    "how",
    "whatever",
    "whoever",
    "whichever",
    "whenever",
    "wherever",
    "however",
];

/// The first line of every doc comment of a file outside its tests, with its number.
fn openings(file: &Source) -> Vec<(usize, &str)> {
    let mut openings = Vec::new();
    let mut before = None;
    for (index, line) in without_tests(&file.text).lines().enumerate() {
        let line = line.trim_start();
        let kind = ["///", "//!"].into_iter().find(|it| line.starts_with(it));
        if let Some(mark) = kind.filter(|it| before != Some(*it)) {
            openings.push((index + 1, line[mark.len()..].trim_start()));
        }
        before = kind;
    }
    openings
}

fn begins_with_wh_word(sentence: &str) -> bool {
    let sentence = sentence.trim_start_matches(|it: char| "*_`“\"([ ".contains(it));
    let first = sentence.split(|it: char| !it.is_alphanumeric()).next();
    first.is_some_and(|first| WH_WORDS.iter().any(|word| first.eq_ignore_ascii_case(word)))
}

/// Files that are tests, or only serve tests.
fn is_test(file: &Source) -> bool {
    let mut parts = file.path.split('/');
    parts.any(|part| matches!(part, "tests" | "tests.rs" | "guests" | "conformance"))
}

#[test]
fn doc_comments_begin_with_their_subject() {
    let mut all = 0;
    let mut offenders = Vec::new();
    for folder in ["host", "sdk", "plugins", "xtask"] {
        for file in rust(folder).iter().filter(|file| !is_test(file)) {
            for (line, opening) in openings(file) {
                all += 1;
                if begins_with_wh_word(opening) {
                    offenders.push(format!("{}:{line}: {opening}", file.path));
                }
            }
        }
    }
    assert!(all > 3000, "the sources were not found");
    let share = offenders.len() as f64 / f64::from(all);
    assert!(
        share <= MOST,
        "{}\n{} of {all} doc comments begin with a wh-word, {:.1} %: at most {:.0} % may",
        offenders.join("\n"),
        offenders.len(),
        100.0 * share,
        100.0 * MOST
    );
}

#[test]
fn wh_words_are_found_at_the_start_alone() {
    for sentence in [
        "What it is.",
        "**Who** asks",
        "`how` it runs",
        "Whether: yes",
    ] {
        assert!(begins_with_wh_word(sentence), "{sentence}");
    }
    for sentence in ["Returns what it is.", "Whole numbers.", "", "Hows"] {
        assert!(!begins_with_wh_word(sentence), "{sentence}");
    }
}
