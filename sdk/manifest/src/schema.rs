//! JSON Schemas (2020-12) of a plugin's own types, in one piece: no `$ref`, so that they can be
//! pasted into another document, such as the host's OpenAPI.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The schema of `T` as it is read from JSON: what has a default may be left out.
pub fn of_input<T: JsonSchema>() -> Value {
    generate::<T>(SchemaSettings::draft2020_12().for_deserialize())
}

/// The schema of `T` as it is written to JSON.
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
    fn serde_defaults_show_and_nothing_is_referred_to() {
        let schema = of_input::<Settings>();
        assert_eq!(schema["properties"]["visits"]["default"], 12);
        assert!(schema.get("required").is_none());
        assert!(!schema.to_string().contains("$ref"));
    }

    #[test]
    fn what_is_written_is_required() {
        let schema = of_output::<Settings>();
        assert_eq!(schema["required"][0], "visits");
    }
}
