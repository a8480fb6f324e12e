use std::collections::BTreeSet;

use jsonschema::PatternOptions;

use super::schema_bound;
use crate::model::Json;

/// A value that its JSON Schema refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {problem}")]
pub struct SchemaError {
    /// Where: a JSON pointer (RFC 6901), empty for the whole.
    pub at: String,
    pub problem: String,
}

/// A compiled JSON Schema (2020-12). References outside the document are refused, and those that lead
/// back to themselves; patterns are those of the `regex` crate, which takes no longer for one text than
/// for another.
pub(crate) struct Validator(jsonschema::Validator);

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
            .map_err(|error| crate::text::line(&error.to_string(), 300))
    }

    /// The first few things that are wrong.
    pub fn check(&self, value: &Json) -> Result<(), Vec<SchemaError>> {
        let errors: Vec<SchemaError> = self
            .0
            .iter_errors(value)
            .take(5)
            .map(|error| SchemaError {
                at: place(&error),
                problem: crate::text::line(&error.to_string(), 300),
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
    /// The first thing that is wrong with settings. Of a secret no value is repeated.
    pub fn check_settings(
        &self,
        settings: &Json,
        secrets: &BTreeSet<String>,
    ) -> Result<(), SchemaError> {
        let Some(error) = self.0.iter_errors(settings).next() else {
            return Ok(());
        };
        let at = place(&error);
        // What is wrong with the whole may quote any part of it.
        let name = at.trim_start_matches('/').split('/').next().unwrap_or("");
        let name = name.replace("~1", "/").replace("~0", "~");
        let problem = match secrets.is_empty() || !(name.is_empty() || secrets.contains(&name)) {
            true => error.to_string(),
            false => error.masked_with("the value").to_string(),
        };
        let problem = crate::text::line(&problem, 300);
        Err(SchemaError { at, problem })
    }
}

/// Where a value is wrong: a member that is missing, or not known, is named itself.
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

/// Fills in each `default` of a schema's properties that the value leaves out, at the top level:
/// what the guest sees is what the operator sees.
pub(crate) fn with_defaults(schema: &Json, value: &Json) -> Json {
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

/// The same value with whole numbers written as integers: JSON Schema takes `12.0` for an integer
/// (2020-12 Validation §6.1.1), and guests' readers mostly do not.
pub(crate) fn whole_numbers(value: &Json) -> Json {
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
