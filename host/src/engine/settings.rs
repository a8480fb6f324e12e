//! A plugin's settings. Secret settings are stored apart, and are never shown again.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Error;
use crate::model::*;
use crate::plugin::{PluginError, Validator, secret_names};
use crate::store::{Change, Changeset};

/// Settings that fit the plugin's schema and are ready to be stored.
pub(crate) struct ResolvedSettings {
    /// The settings without the secrets.
    pub open: Json,
    /// The names of secrets that have a value.
    pub secrets: BTreeSet<String>,
    /// The secrets that change, with their new values. `None` removes a secret.
    changed: BTreeMap<String, Option<Json>>,
}

impl ResolvedSettings {
    /// Resolves `given`, or else the settings of the version `before`: see [`ResolvedSettings::of`].
    pub fn after(
        before: Option<&Installation>,
        given: Option<Json>,
        schema: &Json,
        stored: &BTreeMap<String, Json>,
    ) -> Result<ResolvedSettings, Error> {
        if let Some(given) = given {
            return ResolvedSettings::of(schema, given, stored);
        }
        let taken_over = before.map(|before| before.settings.clone());
        let taken_over = taken_over.unwrap_or_else(|| serde_json::json!({}));
        ResolvedSettings::of(schema, taken_over, stored).map_err(|error| match (error, before) {
            (Error::Invalid { field, problem }, Some(_)) => Error::Invalid {
                field,
                problem: format!(
                    "{problem}; that is how it was set before, which this version does not take: give all its \
                     settings anew (`settings`, `--settings`)"
                ),
            },
            (error, _) => error,
        })
    }

    /// Checks settings against the schema, and separates the secrets from the others. A secret that is not given keeps
    /// its `stored` value. Null removes it.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the first setting that the schema refuses. The error never contains a secret.
    pub fn of(
        schema: &Json,
        given: Json,
        stored: &BTreeMap<String, Json>,
    ) -> Result<ResolvedSettings, Error> {
        let Json::Object(mut open) = given else {
            return Err(Error::invalid("/settings", "a JSON object is expected"));
        };
        let names = secret_names(schema);
        let mut all = open.clone();
        let mut resolved = ResolvedSettings {
            open: Json::Null,
            secrets: BTreeSet::new(),
            changed: BTreeMap::new(),
        };
        for name in &names {
            all.remove(name);
            let value = match open.remove(name) {
                Some(Json::Null) => {
                    resolved.changed.insert(name.clone(), None);
                    continue;
                }
                Some(value) => {
                    let new = Some(value.clone());
                    resolved.changed.insert(name.clone(), new);
                    value
                }
                None => match stored.get(name) {
                    Some(value) => value.clone(),
                    None => continue,
                },
            };
            all.insert(name.clone(), value);
            resolved.secrets.insert(name.clone());
        }
        check(schema, &Json::Object(all), &names)?;
        resolved.open = Json::Object(open);
        Ok(resolved)
    }

    /// Returns the names of the secrets that change.
    pub fn changed(&self) -> impl Iterator<Item = String> {
        self.changed.keys().cloned()
    }

    /// Adds the new secrets to a changeset.
    pub fn write(&self, id: &InstallationId, changeset: &mut Changeset) {
        for (name, value) in &self.changed {
            changeset.push(Change::PutPluginSecret {
                installation: id.clone(),
                name: name.clone(),
                value: value.clone(),
            });
        }
    }
}

fn check(schema: &Json, settings: &Json, secrets: &BTreeSet<String>) -> Result<(), Error> {
    if !shallow(settings) {
        return Err(Error::invalid(
            "/settings",
            format!("arrays and objects may lie in one another {MAX_DEPTH} deep at the most"),
        ));
    }
    let validator = Validator::new(schema).map_err(|problem| PluginError::Manifest {
        at: "/settings".to_owned(),
        problem,
    })?;
    validator
        .check_settings(settings, secrets)
        .map_err(|first| {
            let at = format!("/settings{}", first.at);
            Error::invalid(at, first.problem)
        })
}

/// Returns the names of the settings that differ, without values: the audit must not show those.
pub(crate) fn changed_settings(before: Option<&Json>, after: &Json) -> BTreeSet<String> {
    let member = |settings: Option<&Json>, name: &str| settings?.get(name).cloned();
    let names = |settings: &Json| -> Vec<String> {
        let members = settings.as_object().into_iter().flatten();
        members.map(|(name, _)| name.clone()).collect()
    };
    let mut all: BTreeSet<String> = before.map(names).unwrap_or_default().into_iter().collect();
    all.extend(names(after));
    all.retain(|name| member(before, name) != member(Some(after), name));
    all
}
