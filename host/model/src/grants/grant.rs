use regulars_manifest::{Audience, Condition, CustomerField, EffectKind, Manifest};

use super::windows;
use crate::InvalidInput;
use crate::{Grants, HistoryGrant};

impl Grants {
    /// Returns all requested grants of a manifest except `service`, which must be granted by name.
    pub fn all_requested(manifest: &Manifest) -> Grants {
        let record_kinds = manifest
            .proposes
            .iter()
            .filter(|ask| ask.effect == EffectKind::Record)
            .flat_map(|ask| ask.kinds.iter().cloned())
            .collect();
        Grants {
            fields: manifest
                .reads
                .customer
                .iter()
                .map(|ask| ask.field)
                .collect(),
            history: manifest
                .reads
                .history
                .iter()
                .map(|ask| HistoryGrant {
                    kinds: ask.kinds.iter().cloned().collect(),
                    days: ask.days,
                    limit: ask.limit,
                })
                .collect(),
            effects: manifest.proposes.iter().map(|ask| ask.effect).collect(),
            record_kinds,
            service: false,
        }
    }

    /// Returns all requested grants of a manifest, and keeps `service` as granted.
    #[must_use]
    pub fn raised_to(&self, manifest: &Manifest) -> Grants {
        Grants {
            service: self.service,
            ..Grants::all_requested(manifest)
        }
    }

    /// Returns true if the plugin may see interactions of this kind.
    pub fn shows(&self, kind: &str) -> bool {
        self.history
            .iter()
            .any(|grant| grant.kinds.is_empty() || grant.kinds.contains(kind))
    }

    /// Returns true if the grants cover the facts that a call for this audience reveals.
    pub fn allows_audience(&self, audience: &Audience) -> bool {
        audience.all.iter().all(|condition| match condition {
            Condition::BirthdayToday => self.fields.contains(&CustomerField::Birthday),
            Condition::Tagged { .. } => self.fields.contains(&CustomerField::Tags),
            // Every plugin sees the level.
            Condition::Level { .. } => true,
            Condition::Inactive { .. } => !self.history.is_empty(),
            Condition::HasKind { kind } => self.shows(kind),
            _ => false,
        })
    }

    /// Returns the grants that a manifest still requests.
    #[must_use]
    pub fn restricted_to(&self, manifest: &Manifest) -> Grants {
        let asked = Grants::all_requested(manifest);
        Grants {
            fields: self.fields.intersection(&asked.fields).copied().collect(),
            history: windows::narrowed(&self.history, &asked.history),
            effects: self.effects.intersection(&asked.effects).copied().collect(),
            record_kinds: self
                .record_kinds
                .intersection(&asked.record_kinds)
                .cloned()
                .collect(),
            service: self.service && asks_service(manifest),
        }
    }

    /// Returns the grants of another version, if the operator accepts its wider requests: the present grants
    /// that it still requests, and every new request. Refused requests stay refused, for each kind of history
    /// separately. If a month of visits was granted out of three requested, a year requested now becomes a
    /// month.
    #[must_use]
    pub fn widened_to(&self, old: &Manifest, new: &Manifest) -> Grants {
        let (before, asked) = (Grants::all_requested(old), Grants::all_requested(new));
        let mut wide = self.restricted_to(new);
        wide.fields.extend(asked.fields.difference(&before.fields));
        wide.effects
            .extend(asked.effects.difference(&before.effects));
        let kinds = asked.record_kinds.difference(&before.record_kinds);
        wide.record_kinds.extend(kinds.cloned());
        if !wide.effects.contains(&EffectKind::Record) {
            wide.record_kinds.clear();
        }
        wide.history = windows::widened(&before.history, &self.history, &asked.history);
        wide
    }

    /// Checks that the manifest requests every grant.
    ///
    /// # Errors
    /// [`InvalidInput`] names the first grant without a request.
    pub fn check(&self, manifest: &Manifest) -> Result<(), InvalidInput> {
        let asked = Grants::all_requested(manifest);
        if let Some(field) = self.fields.difference(&asked.fields).next() {
            return Err(wider("/grants/fields", field_name(*field)));
        }
        if let Some(effect) = self.effects.difference(&asked.effects).next() {
            return Err(wider("/grants/effects", &effect.to_string()));
        }
        if let Some(kind) = self.record_kinds.difference(&asked.record_kinds).next() {
            return Err(wider("/grants/record_kinds", kind));
        }
        if self.service && !asks_service(manifest) {
            return Err(wider("/grants/service", "service messages"));
        }
        for (index, grant) in self.history.iter().enumerate() {
            let within = asked.history.iter().any(|ask| {
                (ask.kinds.is_empty()
                    || (!grant.kinds.is_empty() && grant.kinds.is_subset(&ask.kinds)))
                    && (1..=ask.days).contains(&grant.days)
                    && (1..=ask.limit).contains(&grant.limit)
            });
            if !within {
                return Err(wider(&format!("/grants/history/{index}"), "this window"));
            }
        }
        Ok(())
    }
}

/// Returns true if a manifest requests service messages.
pub fn asks_service(manifest: &Manifest) -> bool {
    let mut messages = manifest.proposes.iter();
    messages.any(|ask| ask.effect == EffectKind::Message && ask.service)
}

/// Returns a field's name in manifests.
pub fn field_name(field: CustomerField) -> &'static str {
    match field {
        CustomerField::DisplayName => "display-name",
        CustomerField::GivenName => "given-name",
        CustomerField::Language => "language",
        CustomerField::Birthday => "birthday",
        CustomerField::Topics => "topics",
        CustomerField::Tags => "tags",
        _ => "another field",
    }
}

fn wider(field: &str, what: &str) -> InvalidInput {
    InvalidInput::new(
        field,
        format!("the manifest does not request {what}: expected a grant that it requests"),
    )
}
