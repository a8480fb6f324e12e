//! Bytes as a cell that holds a day, after the format that says how it is written.

use regulars::model::{Birthday, Cursor, Timestamp};
use regulars_cli::fuzzing::Day;

use super::shown::refusal;

const ZONES: [&str; 4] = ["UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia"];

pub fn check(bytes: &[u8]) {
    let Some((zone, rest)) = bytes.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(rest) else {
        return;
    };
    let zone = ZONES[usize::from(*zone) % ZONES.len()];
    let (format, cell) = match text.split_once('\n') {
        Some((format, cell)) => (Some(format.to_owned()), cell),
        None => (None, text),
    };
    let day = Day::new(zone, format).expect("a zone");
    match day.instant(cell) {
        // What was read is an instant that can be written and read.
        Ok(instant) => assert_eq!(instant.to_string().parse::<Timestamp>().ok(), Some(instant)),
        Err(problem) => refusal(&problem),
    }
    match day.birthday(cell) {
        Ok(birthday) => again(birthday),
        Err(problem) => refusal(&problem),
    }
    if let Ok(birthday) = cell.parse() {
        again(birthday);
    }
    if let Ok(cursor) = cell.parse::<Cursor>() {
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }
}

fn again(birthday: Birthday) {
    assert_eq!(birthday.to_string().parse(), Ok(birthday));
}
