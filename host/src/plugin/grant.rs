use regulars_manifest::{CustomerField, EffectKind, Manifest};

use crate::error::Error;
use crate::model::{Grants, HistoryGrant};

impl Grants {
    /// Everything that a manifest asks for.
    pub fn all_asked(manifest: &Manifest) -> Grants {
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
        }
    }

    /// That nothing is granted which was not asked for: a grant that no reason stands behind.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the first such grant.
    pub fn check(&self, manifest: &Manifest) -> Result<(), Error> {
        let asked = Grants::all_asked(manifest);
        if let Some(field) = self.fields.difference(&asked.fields).next() {
            return Err(wider("/grants/fields", field_name(*field)));
        }
        if let Some(effect) = self.effects.difference(&asked.effects).next() {
            return Err(wider("/grants/effects", &effect.to_string()));
        }
        if let Some(kind) = self.record_kinds.difference(&asked.record_kinds).next() {
            return Err(wider("/grants/record_kinds", kind));
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

/// A field's name as the manifest writes it.
pub(crate) fn field_name(field: CustomerField) -> &'static str {
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

fn wider(field: &str, what: &str) -> Error {
    Error::invalid(
        field,
        format!("the plugin does not ask for {what}: grant only what its manifest asks for"),
    )
}
