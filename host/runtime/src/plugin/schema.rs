use std::collections::BTreeSet;

use jsonschema::PatternOptions;

use super::schema_bound;
use regulars_model::Json;

/// A value that violates its JSON Schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {problem}")]
pub struct SchemaError {
    /// The place as a JSON pointer (RFC 6901). Empty for the whole document.
    pub at: String,
    pub problem: String,
}

/// A compiled JSON Schema (2020-12). References outside the document and circular references are refused.
/// Patterns are those of the `regex` crate, which match in linear time.
pub struct Validator(jsonschema::Validator);

impl Validator {
    pub fn new(schema: &Json) -> Result<Validator, String> {
        schema_bound::check(schema)?;
        let patterns = PatternOptions::regex()
            .size_limit(schema_bound::MAX_PATTERN)
            .dfa_size_limit(schema_bound::MAX_PATTERN);
        jsonschema::draft202012::options()
            .should_validate_formats(true)
            .with_pattern_options(patterns)
            .build(schema)
            .map(Validator)
            .map_err(|error| regulars_model::text::line(&error.to_string(), 300))
    }

    /// Checks a value. Returns at most five errors.
    pub fn check(&self, value: &Json) -> Result<(), Vec<SchemaError>> {
        let errors: Vec<SchemaError> = self
            .0
            .iter_errors(value)
            .take(5)
            .map(|error| SchemaError {
                at: place(&error),
                problem: regulars_model::text::line(&error.to_string(), 300),
            })
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }
}

impl Validator {
    /// Checks settings and returns the first error. The message repeats no secret value.
    pub fn check_settings(
        &self,
        settings: &Json,
        secrets: &BTreeSet<String>,
    ) -> Result<(), SchemaError> {
        let Some(error) = self.0.iter_errors(settings).next() else {
            return Ok(());
        };
        let at = place(&error);
        // An error about the whole document may quote any part of it.
        let name = at.trim_start_matches('/').split('/').next().unwrap_or("");
        let name = name.replace("~1", "/").replace("~0", "~");
        let problem = match secrets.is_empty() || !(name.is_empty() || secrets.contains(&name)) {
            true => error.to_string(),
            false => error.masked_with("the value").to_string(),
        };
        let problem = regulars_model::text::line(&problem, 300);
        Err(SchemaError { at, problem })
    }
}

/// Returns the place of an error. A missing or unknown member is named itself.
fn place(error: &jsonschema::ValidationError) -> String {
    use jsonschema::error::ValidationErrorKind as Kind;
    let member = match error.kind() {
        Kind::Required { property } => property.as_str(),
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            unexpected.first().map(String::as_str)
        }
        _ => None,
    };
    let at = error.instance_path().to_string();
    match member {
        Some(member) => format!("{at}/{}", member.replace('~', "~0").replace('/', "~1")),
        None => at,
    }
}

/// Adds the `default`s of a schema's top-level properties that the value lacks, so that the guest sees the
/// same settings as the operator.
pub fn with_defaults(schema: &Json, value: &Json) -> Json {
    let mut filled = whole_numbers(value);
    let properties = schema.get("properties").and_then(Json::as_object);
    if let (Some(properties), Some(object)) = (properties, filled.as_object_mut()) {
        for (name, property) in properties {
            if let Some(default) = property.get("default")
                && !object.contains_key(name)
            {
                object.insert(name.clone(), default.clone());
            }
        }
    }
    filled
}

/// Returns the value with integral numbers as integers. JSON Schema accepts `12.0` as an integer (2020-12
/// Validation §6.1.1), but most guests' parsers do not.
pub fn whole_numbers(value: &Json) -> Json {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Json::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() <= EXACT => {
                Json::from(float as i64)
            }
            _ => value.clone(),
        },
        Json::Array(items) => items.iter().map(whole_numbers).collect(),
        Json::Object(members) => Json::Object(
            members
                .iter()
                .map(|(name, member)| (name.clone(), whole_numbers(member)))
                .collect(),
        ),
        _ => value.clone(),
    }
}
