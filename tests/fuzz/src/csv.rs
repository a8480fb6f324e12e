//! Bytes as a CSV file, imported in one of the ways that the first byte names.

use std::cell::RefCell;
use std::path::Path;

use regulars::model::Json;
use regulars_cli::fuzzing;

use super::served::Served;
use super::shown::refusal;

/// The arguments of an import: the command's name and options.
const WAYS: [&[&str]; 8] = [
    &["customers"],
    &["customers", "--delimiter", ";", "--date-format", "%d.%m.%Y"],
    &["interactions"],
    &["interactions", "--kind", "visit", "--create-customers"],
    &[
        "interactions",
        "--kind",
        "purchase",
        "--map",
        "occurred_at=day+time",
        "--map",
        "data.amount=amount:number",
        "--map",
        "data.more=more:json",
        "--date-format",
        "%m/%d/%Y %H:%M",
    ],
    &["interactions", "--set", "kind=note", "--live"],
    &["customers", "--time-zone", "Europe/Berlin", "--live"],
    &["interactions", "--delimiter", "\\t", "--create-customers"],
];

thread_local! {
    static SERVED: RefCell<Option<Served>> = const { RefCell::new(None) };
}

pub fn check(bytes: &[u8]) {
    let Some((way, file)) = bytes.split_first() else {
        return;
    };
    let way = WAYS[usize::from(*way) % WAYS.len()];
    let mut served = SERVED.take().unwrap_or_else(Served::new);
    let path = served.with("rows.csv", file);
    let rejects = served.dir().join("rows.rejects.csv");
    drop(std::fs::remove_file(&rejects));

    let mut arguments = way.to_vec();
    arguments.push(path.to_str().expect("a UTF-8 path"));
    let written = import(&served, &arguments);
    // A line end is a line feed, a carriage return, or both.
    let lines = 1 + file.iter().filter(|byte| b"\r\n".contains(byte)).count() as u64;
    if let Some(summary) = &written {
        let mut count = 0;
        if rejects.exists() {
            count = rejected(
                &rejects,
                lines,
                if way.contains(&";") {
                    b';'
                } else if way.contains(&"\\t") {
                    b'\t'
                } else {
                    b','
                },
            );
        }
        assert_eq!(summary["rejected"], count, "{summary}");
    }
    // Once more, rehearsed: it takes the same rows, and everything is there already.
    arguments.push("--dry-run");
    if let Some(summary) = import(&served, &arguments) {
        let written = written.expect("what can be rehearsed can be imported");
        assert_eq!(summary["rows"], written["rows"]);
        for problem in summary["problems"].as_array().into_iter().flatten() {
            let problem = problem.as_str().expect("text");
            let rest = problem.strip_prefix("line ").expect("its line");
            let (line, reason) = rest.split_once(": ").expect("its reason");
            in_range(line, lines);
            refusal(reason);
        }
    }
    SERVED.set(Some(served.renewed()));
}

/// Imports a file and returns the summary. `None` if the whole file is refused with a reason.
fn import(served: &Served, arguments: &[&str]) -> Option<Json> {
    let summary = match fuzzing::import(&served.host, arguments) {
        Ok(summary) => summary,
        Err(error) => {
            assert!(!error.to_string().trim().is_empty());
            return None;
        }
    };
    let count = |member: &str| summary[member].as_u64().expect("a number");
    assert_eq!(
        count("rows"),
        count("imported") + count("skipped") + count("rejected"),
        "{summary}"
    );
    Some(summary)
}

/// The number of rows in the file of rejects. Asserts that each has its line and a reason.
fn rejected(path: &Path, lines: u64, delimiter: u8) -> u64 {
    let mut reader = csv_reader(path, delimiter);
    let mut count = 0;
    for record in reader.byte_records() {
        let record = record.expect("what we wrote is CSV");
        let text = |index: usize| std::str::from_utf8(&record[index]).expect("UTF-8");
        in_range(text(0), lines);
        refusal(text(1));
        count += 1;
    }
    count
}

fn csv_reader(path: &Path, delimiter: u8) -> ::csv::Reader<std::fs::File> {
    let file = std::fs::File::open(path).expect("the rejects");
    ::csv::ReaderBuilder::new()
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(file)
}

fn in_range(line: &str, lines: u64) {
    let line: u64 = line.parse().expect("a line's number");
    // The header is the first.
    assert!((2..=lines).contains(&line), "line {line} of {lines}");
}
