//! Whether checking a value against a schema has an end that is near.
//!
//! Schemas come from plugins, and so do many of the values: a schema that asks itself, or that asks
//! twice what it asks twice, would keep the host busy for ever, or until its stack is full. So a
//! schema is walked as checking would walk it, each reference as often as it is met.

use crate::model::Json;

/// Schemas in a schema, each as often as checking one value may come to it.
const MAX_SCHEMAS: usize = 2_000;
/// How deep they may lie in one another, references followed.
const MAX_DEPTH: usize = 200;
/// Patterns. Each is compiled, to as much as [`MAX_PATTERN`] bytes.
const MAX_PATTERNS: usize = 100;
/// Bytes of a compiled pattern.
pub(super) const MAX_PATTERN: usize = 1 << 20;

/// Says what is wrong with a schema that may take for ever.
pub(super) fn check(schema: &Json) -> Result<(), String> {
    let mut walk = Walk {
        root: schema,
        schemas: 0,
        patterns: 0,
        references: Vec::new(),
    };
    walk.schema(schema, 0)
}

struct Walk<'a> {
    root: &'a Json,
    schemas: usize,
    patterns: usize,
    /// The references that were followed to where the walk is.
    references: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    fn schema(&mut self, schema: &'a Json, depth: usize) -> Result<(), String> {
        let Json::Object(members) = schema else {
            return Ok(());
        };
        self.schemas += 1;
        if self.schemas > MAX_SCHEMAS || depth > MAX_DEPTH {
            return Err(format!(
                "with all references followed it has more than {MAX_SCHEMAS} schemas, or more than \
                 {MAX_DEPTH} in one another"
            ));
        }
        for (keyword, value) in members {
            match keyword.as_str() {
                "$ref" => self.reference(value, depth)?,
                "$dynamicRef" | "$recursiveRef" => {
                    return Err(format!("{keyword} is not supported: use $ref"));
                }
                "$id" if depth > 0 => {
                    return Err("$id is supported at its top only".to_owned());
                }
                "format" if value == "regex" => {
                    return Err("the format “regex” is not supported".to_owned());
                }
                "pattern" => self.patterns(1)?,
                "patternProperties" => {
                    self.patterns(value.as_object().map_or(0, serde_json::Map::len))?;
                    self.each(value, depth)?;
                }
                "properties" | "dependentSchemas" | "dependencies" => self.each(value, depth)?,
                "allOf" | "anyOf" | "oneOf" | "prefixItems" => self.each(value, depth)?,
                "items" if value.is_array() => self.each(value, depth)?,
                "items"
                | "additionalItems"
                | "unevaluatedItems"
                | "contains"
                | "additionalProperties"
                | "unevaluatedProperties"
                | "propertyNames"
                | "not"
                | "if"
                | "then"
                | "else"
                | "contentSchema" => self.schema(value, depth + 1)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Each schema of a list, or of an object that names them.
    fn each(&mut self, schemas: &'a Json, depth: usize) -> Result<(), String> {
        match schemas {
            Json::Array(items) => items
                .iter()
                .try_for_each(|schema| self.schema(schema, depth + 1)),
            Json::Object(members) => members
                .values()
                .try_for_each(|schema| self.schema(schema, depth + 1)),
            _ => Ok(()),
        }
    }

    fn reference(&mut self, to: &'a Json, depth: usize) -> Result<(), String> {
        let named = to.as_str().unwrap_or_default();
        let shown = crate::text::line(named, 100);
        let pointer = named
            .strip_prefix('#')
            .filter(|rest| (rest.is_empty() || rest.starts_with('/')) && !rest.contains('%'))
            .ok_or_else(|| {
                format!("“{shown}” is not a place in the same schema, such as “#/$defs/name”")
            })?;
        // The top lies around everything.
        if pointer.is_empty() || self.references.contains(&pointer) {
            return Err(format!("“{shown}” leads back to itself"));
        }
        let target = self
            .root
            .pointer(pointer)
            .ok_or_else(|| format!("“{shown}” is not there"))?;
        self.references.push(pointer);
        self.schema(target, depth + 1)?;
        self.references.pop();
        Ok(())
    }

    fn patterns(&mut self, more: usize) -> Result<(), String> {
        self.patterns += more;
        if self.patterns <= MAX_PATTERNS {
            return Ok(());
        }
        Err(format!("it has more than {MAX_PATTERNS} patterns"))
    }
}
