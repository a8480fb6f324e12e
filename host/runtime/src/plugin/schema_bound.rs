//! A bound on the work to validate a value against a schema.
//!
//! Schemas and values come from plugins. A recursive schema, or one that doubles its references at each
//! level, would occupy the host without end or exhaust its stack. The check therefore walks the schema as a
//! validator would, and counts each reference as often as it is met.

use regulars_model::Json;

/// The maximum number of subschemas, each counted as often as one validation may visit it.
const MAX_SCHEMAS: usize = 2_000;
/// The maximum nesting of subschemas, with references followed.
const MAX_DEPTH: usize = 200;
/// The maximum number of patterns. Each compiles to at most [`MAX_PATTERN`] bytes.
const MAX_PATTERNS: usize = 100;
/// The maximum size of a compiled pattern in bytes.
pub(crate) const MAX_PATTERN: usize = 1 << 20;

/// Returns the reason that a schema may take too long to validate.
pub(crate) fn check(schema: &Json) -> Result<(), String> {
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
    /// The followed references on the present path.
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
                "with references followed, it has more than {MAX_SCHEMAS} schemas, or more than \
                 {MAX_DEPTH} nested ones"
            ));
        }
        for (keyword, value) in members {
            match keyword.as_str() {
                "$ref" => self.reference(value, depth)?,
                "$dynamicRef" | "$recursiveRef" => {
                    return Err(format!("{keyword} is not supported: use $ref"));
                }
                "$id" if depth > 0 => {
                    return Err("$id is supported at the top only".to_owned());
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

    /// Walks each schema of a list, or of an object's members.
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
        let shown = regulars_model::text::line(named, 100);
        let pointer = named
            .strip_prefix('#')
            .filter(|rest| (rest.is_empty() || rest.starts_with('/')) && !rest.contains('%'))
            .ok_or_else(|| {
                format!("unsupported reference “{shown}”: expected a place in the same schema, such as “#/$defs/name”")
            })?;
        // The top contains every other schema.
        if pointer.is_empty() || self.references.contains(&pointer) {
            return Err(format!("circular reference “{shown}”"));
        }
        let target = self
            .root
            .pointer(pointer)
            .ok_or_else(|| format!("unresolved reference “{shown}”"))?;
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
