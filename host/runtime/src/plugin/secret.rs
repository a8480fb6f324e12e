//! Secret settings: those that the schema marks as `writeOnly` (JSON Schema 2020-12 Validation §9.4).

use std::collections::BTreeSet;

use regulars_model::Json;

/// Returns the names of the secret settings.
pub fn names(schema: &Json) -> BTreeSet<String> {
    let properties = schema.get("properties").and_then(Json::as_object);
    let secret = |property: &Json| property.get("writeOnly") == Some(&Json::Bool(true));
    properties
        .into_iter()
        .flatten()
        .filter(|(_, property)| secret(property))
        .map(|(name, _)| name.clone())
        .collect()
}

/// Refuses secrets that [`names`] would not find, because they are nested, referenced or named by a pattern.
/// Refuses defaults of secrets, because everybody can read the component.
pub(crate) fn check(schema: &Json) -> Result<(), (String, String)> {
    let names = names(schema);
    if count(schema) > names.len() {
        return Err((
            String::new(),
            "a secret setting (`writeOnly`) must be one of the top level's `properties`".to_owned(),
        ));
    }
    for name in names {
        let default = schema["properties"][&name].get("default");
        if default.is_some_and(|default| !default.is_null()) {
            let problem =
                "a secret must not have a default: everybody with the component could read it";
            return Err((format!("/properties/{name}/default"), problem.to_owned()));
        }
    }
    Ok(())
}

fn count(schema: &Json) -> usize {
    match schema {
        Json::Object(members) => {
            let own = members.get("writeOnly") == Some(&Json::Bool(true));
            usize::from(own) + members.values().map(count).sum::<usize>()
        }
        Json::Array(items) => items.iter().map(count).sum(),
        _ => 0,
    }
}
