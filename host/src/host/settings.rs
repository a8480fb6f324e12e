//! A plugin's settings, of which some are secrets: those are kept apart, and shown to nobody again.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Error;
use crate::model::*;
use crate::plugin::{PluginError, Validator, secret_names};
use crate::store::{Change, Changeset};

/// Settings as they are to be kept.
pub(crate) struct Settled {
    /// Without the secrets.
    pub open: Json,
    /// The secrets that are set, by name.
    pub secrets: BTreeSet<String>,
    /// The secrets that are given anew, or forgotten.
    changed: BTreeMap<String, Option<Json>>,
}

impl Settled {
    /// [`Settled::of`] what is given, else what the version before had.
    pub fn after(
        before: Option<&Installation>,
        given: Option<Json>,
        schema: &Json,
        stored: &BTreeMap<String, Json>,
    ) -> Result<Settled, Error> {
        if let Some(given) = given {
            return Settled::of(schema, given, stored);
        }
        let taken_over = before.map(|before| before.settings.clone());
        let taken_over = taken_over.unwrap_or_else(|| serde_json::json!({}));
        Settled::of(schema, taken_over, stored).map_err(|error| match (error, before) {
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

    /// Takes the secrets out of what is given. One that is not given stays as it is `stored`; null forgets it.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the first setting that the schema refuses, and never says a secret.
    pub fn of(
        schema: &Json,
        given: Json,
        stored: &BTreeMap<String, Json>,
    ) -> Result<Settled, Error> {
        let Json::Object(mut open) = given else {
            return Err(Error::invalid("/settings", "a JSON object is expected"));
        };
        let names = secret_names(schema);
        let mut all = open.clone();
        let mut settled = Settled {
            open: Json::Null,
            secrets: BTreeSet::new(),
            changed: BTreeMap::new(),
        };
        for name in &names {
            all.remove(name);
            let value = match open.remove(name) {
                Some(Json::Null) => {
                    settled.changed.insert(name.clone(), None);
                    continue;
                }
                Some(value) => {
                    let new = Some(value.clone());
                    settled.changed.insert(name.clone(), new);
                    value
                }
                None => match stored.get(name) {
                    Some(value) => value.clone(),
                    None => continue,
                },
            };
            all.insert(name.clone(), value);
            settled.secrets.insert(name.clone());
        }
        check(schema, &Json::Object(all), &names)?;
        settled.open = Json::Object(open);
        Ok(settled)
    }

    /// The secrets that differ, by name.
    pub fn changed(&self) -> impl Iterator<Item = String> {
        self.changed.keys().cloned()
    }

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

/// The names of the settings that differ. Their values are nobody's business who reads the audit.
pub(super) fn set_otherwise(before: Option<&Json>, after: &Json) -> BTreeSet<String> {
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
