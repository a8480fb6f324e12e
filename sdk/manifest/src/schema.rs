//! JSON Schemas (2020-12) of a plugin's own types, without `$ref`, so that other documents such as the host's
//! OpenAPI can embed them.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// Returns the schema of `T` for deserialization: members with a default are optional.
pub fn of_input<T: JsonSchema>() -> Value {
    generate::<T>(SchemaSettings::draft2020_12().for_deserialize())
}

/// Returns the schema of `T` for serialization.
pub fn of_output<T: JsonSchema>() -> Value {
    generate::<T>(SchemaSettings::draft2020_12().for_serialize())
}

fn generate<T: JsonSchema>(mut settings: SchemaSettings) -> Value {
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(default)]
    struct Settings {
        visits: u32,
        link: Option<Link>,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Link {
        url: String,
    }

    impl Default for Settings {
        fn default() -> Self {
            Settings {
                visits: 12,
                link: None,
            }
        }
    }

    #[test]
    fn input_schema_shows_defaults_without_references() {
        let schema = of_input::<Settings>();
        assert_eq!(schema["properties"]["visits"]["default"], 12);
        assert!(schema.get("required").is_none());
        assert!(!schema.to_string().contains("$ref"));
    }

    #[test]
    fn output_schema_requires_all_members() {
        let schema = of_output::<Settings>();
        assert_eq!(schema["required"][0], "visits");
    }
}
