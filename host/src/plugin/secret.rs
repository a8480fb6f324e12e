//! Settings that are secrets: those that the schema calls `writeOnly` (JSON Schema 2020-12 Validation §9.4).

use std::collections::BTreeSet;

use crate::model::Json;

/// The names of the settings that are secrets.
pub(crate) fn names(schema: &Json) -> BTreeSet<String> {
    let properties = schema.get("properties").and_then(Json::as_object);
    let secret = |property: &Json| property.get("writeOnly") == Some(&Json::Bool(true));
    properties
        .into_iter()
        .flatten()
        .filter(|(_, property)| secret(property))
        .map(|(name, _)| name.clone())
        .collect()
}

/// Refuses secrets that would not be found: where they stand deeper, behind a reference or under a pattern. A default
/// is in the component, for everybody to read.
pub(super) fn check(schema: &Json) -> Result<(), (String, String)> {
    let names = names(schema);
    if count(schema) > names.len() {
        return Err((
            String::new(),
            "a setting that is a secret (`writeOnly`) stands itself among the top level's `properties`"
                .to_owned(),
        ));
    }
    for name in names {
        let default = schema["properties"][&name].get("default");
        if default.is_some_and(|default| !default.is_null()) {
            let problem = "a secret has no default: whoever has the component could read it";
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
