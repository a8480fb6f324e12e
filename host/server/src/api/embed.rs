//! Embeds a JSON Schema into another document and keeps its references valid.

use serde_json::{Map, Value};

/// Returns the schema for embedding at `at`, a JSON pointer as a URI fragment (`#/components/schemas/x`).
/// References within the schema are rewritten relative to that place.
pub(super) fn embed_at(at: &str, schema: &Value) -> Value {
    let mut anchors = Map::new();
    collect_anchors(schema, at, &mut anchors);
    let mut schema = rewrite(schema, at, &anchors, false);
    if let Some(schema) = schema.as_object_mut() {
        // The schema has a new base URI, and the document states the dialect.
        schema.remove("$id");
        schema.remove("$schema");
    }
    schema
}

/// Returns true for keywords whose members are schemas by name.
fn names_schemas(keyword: &str) -> bool {
    matches!(
        keyword,
        "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas"
    )
}

/// Returns true for keywords whose values are data and never schemas.
fn is_data(keyword: &str) -> bool {
    matches!(
        keyword,
        "const" | "enum" | "default" | "examples" | "example"
    )
}

/// Collects the position of each `$anchor`.
fn collect_anchors(value: &Value, at: &str, anchors: &mut Map<String, Value>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(anchor)) = members.get("$anchor") {
                anchors.insert(anchor.clone(), Value::String(at.to_owned()));
            }
            for (name, member) in members {
                collect_anchors(
                    member,
                    &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")),
                    anchors,
                );
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_anchors(item, &format!("{at}/{index}"), anchors);
            }
        }
        _ => {}
    }
}

fn rewrite(value: &Value, at: &str, anchors: &Map<String, Value>, named: bool) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(keyword, _)| named || keyword.as_str() != "$anchor")
            .map(|(keyword, member)| {
                let member = match member {
                    Value::String(target) if !named && keyword == "$ref" => {
                        rewrite_reference(target, at, anchors)
                    }
                    member if !named && is_data(keyword) => member.clone(),
                    member => rewrite(member, at, anchors, !named && names_schemas(keyword)),
                };
                (keyword.clone(), member)
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items
            .iter()
            .map(|item| rewrite(item, at, anchors, false))
            .collect(),
        other => other.clone(),
    }
}

fn rewrite_reference(target: &str, at: &str, anchors: &Map<String, Value>) -> Value {
    match target.strip_prefix('#') {
        Some(pointer) if pointer.is_empty() || pointer.starts_with('/') => {
            format!("{at}{pointer}").into()
        }
        Some(anchor) => anchors
            .get(anchor)
            .cloned()
            .unwrap_or_else(|| target.into()),
        None => target.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_are_written_anew_and_data_is_left_alone() {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "properties": {
                "whole": { "$ref": "#" },
                "one": { "$ref": "#/$defs/One" },
                "named": { "$ref": "#one" },
                "const": { "$ref": "#/$defs/One", "default": { "$ref": "#/$defs/One" } },
                "$ref": { "type": "string" },
            },
            "$defs": { "One": { "$anchor": "one", "type": "integer" } },
        });
        assert_eq!(
            embed_at("#/components/schemas/x", &schema),
            json!({
                "properties": {
                    "whole": { "$ref": "#/components/schemas/x" },
                    "one": { "$ref": "#/components/schemas/x/$defs/One" },
                    "named": { "$ref": "#/components/schemas/x/$defs/One" },
                    "const": { "$ref": "#/components/schemas/x/$defs/One", "default": { "$ref": "#/$defs/One" } },
                    "$ref": { "type": "string" },
                },
                "$defs": { "One": { "type": "integer" } },
            })
        );
    }
}
