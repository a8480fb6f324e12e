//! Parses JSON into types and turns serde's errors into problems with a JSON pointer.

use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

use super::problem::{Problem, ProblemKind};
use regulars::model::is_about_time;

/// Parses one JSON object.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // serde also accepts an array for a struct, by position.
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => {}
        None => {
            return Err(Problem::new(
                ProblemKind::MalformedJson,
                "the body is empty: expected a JSON object",
            )
            .at(""));
        }
        Some(_) => {
            return Err(
                match serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
                    Ok(_) => Problem::new(ProblemKind::WrongType, "expected a JSON object").at(""),
                    Err(error) => malformed(&error),
                },
            );
        }
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let (path, inner) = (segments(error.path()), error.inner());
        if inner.is_data() {
            data_problem(path, &inner.to_string())
        } else {
            malformed(inner)
        }
    })?;
    deserializer.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(ProblemKind::MalformedJson, error.to_string()).at("")
}

/// Returns the names and indices of a path, outermost first.
pub(crate) fn segments(path: &Path) -> Vec<String> {
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Map { key } => Some(key.clone()),
            Segment::Seq { index } => Some(index.to_string()),
            // An enum variant is not part of the JSON path.
            _ => None,
        })
        .collect()
}

/// Returns the problem for a serde error about a value's shape.
pub(crate) fn data_problem(mut path: Vec<String>, message: &str) -> Problem {
    let message = strip_position(message);
    let (kind, allowed) = if let Some(rest) = message.strip_prefix("unknown field `") {
        let (name, rest) = rest.split_once("`, ").unwrap_or((rest, ""));
        if path.last().is_none_or(|last| last != name) {
            path.push(name.to_owned());
        }
        (ProblemKind::UnknownField, backticked(rest))
    } else if let Some(name) = name_after(message, "missing field `") {
        path.push(name.to_owned());
        (ProblemKind::MissingField, Vec::new())
    } else if let Some(name) = name_after(message, "duplicate field `") {
        if path.last().is_none_or(|last| last != name) {
            path.push(name.to_owned());
        }
        (ProblemKind::InvalidValue, Vec::new())
    } else if let Some(rest) = message.strip_prefix("unknown variant `") {
        (
            ProblemKind::InvalidValue,
            rest.split_once("`, expected")
                .map_or_else(Vec::new, |(_, rest)| backticked(rest)),
        )
    } else if message.starts_with("invalid type") {
        (ProblemKind::WrongType, Vec::new())
    } else if is_about_time(message) {
        (ProblemKind::BadDate, Vec::new())
    } else {
        (ProblemKind::InvalidValue, Vec::new())
    };
    Problem {
        allowed: allowed.into(),
        ..Problem::new(kind, regulars::text::line(message, 400)).at(pointer(&path))
    }
}

/// Returns the JSON pointer (RFC 6901).
fn pointer(segments: &[String]) -> String {
    segments
        .iter()
        .map(|segment| format!("/{}", segment.replace('~', "~0").replace('/', "~1")))
        .collect()
}

/// Strips serde_json's line and column: the pointer is more precise.
fn strip_position(message: &str) -> &str {
    match message.rsplit_once(" at line ") {
        Some((message, rest)) if rest.contains(" column ") => message,
        _ => message,
    }
}

fn name_after<'a>(message: &'a str, before: &str) -> Option<&'a str> {
    message.strip_prefix(before)?.strip_suffix('`')
}

/// Returns the parts between backticks.
fn backticked(text: &str) -> Vec<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use regulars::host::{NewCustomer, NewInteraction};
    use regulars::model::ContactPoint;

    fn refused<T: DeserializeOwned + std::fmt::Debug>(json: &str) -> (String, String) {
        let problem = parse::<T>(json.as_bytes()).unwrap_err();
        let slug = problem.kind.urn().rsplit(':').next().unwrap().to_owned();
        (slug, problem.field.unwrap().into())
    }

    #[test]
    fn the_field_that_is_wrong_is_named() {
        let id = "01970000-0000-7000-8000-000000000001";
        let cases = [
            (
                refused::<ContactPoint>(r#"{"kind":"email","value":"a@b","colour":1}"#),
                ("unknown-field", "/colour"),
            ),
            (
                refused::<ContactPoint>(r#"{"kind":"email"}"#),
                ("missing-field", "/value"),
            ),
            (
                refused::<ContactPoint>(r#"{"kind":"fax","value":"1"}"#),
                ("invalid-value", "/kind"),
            ),
            (
                refused::<ContactPoint>(r#"{"kind":"tel","value":1}"#),
                ("wrong-type", "/value"),
            ),
            (
                refused::<ContactPoint>(r#"["email","a@b"]"#),
                ("wrong-type", ""),
            ),
            (refused::<ContactPoint>("{"), ("malformed-json", "")),
            (refused::<ContactPoint>(""), ("malformed-json", "")),
            (
                refused::<NewCustomer>(r#"{"contact_points":[{"kind":"tel"}]}"#),
                ("missing-field", "/contact_points/0/value"),
            ),
            (
                refused::<NewCustomer>(r#"{"contact_points":[{"a/b":"tel"}]}"#),
                ("unknown-field", "/contact_points/0/a~1b"),
            ),
            (
                refused::<NewCustomer>(r#"{"birthday":"31.12.1990"}"#),
                ("bad-date", "/birthday"),
            ),
            (
                refused::<NewCustomer>(r#"{"id":"7"}"#),
                ("invalid-value", "/id"),
            ),
            (
                refused::<NewInteraction>(&format!(
                    r#"{{"customer":"{id}","kind":"visit","occurred_at":"yesterday"}}"#
                )),
                ("bad-date", "/occurred_at"),
            ),
        ];
        for ((slug, field), expected) in cases {
            assert_eq!((slug.as_str(), field.as_str()), expected);
        }
    }

    #[test]
    fn what_would_be_accepted_is_listed() {
        let problem = parse::<ContactPoint>(br#"{"kind":"fax","value":"1"}"#).unwrap_err();
        assert_eq!(*problem.allowed, ["email", "tel", "external"]);
        let problem = parse::<ContactPoint>(br#"{"x":1}"#).unwrap_err();
        assert_eq!(*problem.allowed, ["kind", "value", "label"]);
    }
}
