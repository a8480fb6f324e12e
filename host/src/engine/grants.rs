use regulars_manifest::Manifest;

use crate::error::Error;
use crate::model::{Grants, Installation};
use crate::plugin::{AskChange, AskDirection, diff_manifests};

/// The grants that a version is to be installed with.
pub(crate) enum GrantSpec {
    /// Exactly these.
    These(Grants),
    /// Everything that it asks for. If the version before was refused something, that stays refused.
    AllAsked,
    /// As before. New asks need a person's consent in `accept_wider`.
    AsBefore { accept_wider: bool },
}

impl GrantSpec {
    /// Returns the grants for the manifest `new`, in place of the installation `before`.
    ///
    /// # Errors
    /// [`Error::WiderAsks`] if it asks for more and that is not accepted; [`Error::Invalid`] for a grant that it does
    /// not ask for.
    pub fn resolve(&self, before: Option<&Installation>, new: &Manifest) -> Result<Grants, Error> {
        let grants = match (self, before) {
            (GrantSpec::These(grants), _) => grants.clone(),
            (GrantSpec::AllAsked, Some(before))
                if before.grants != Grants::all_requested(&before.manifest) =>
            {
                before.grants.restricted_to(new)
            }
            (GrantSpec::AsBefore { accept_wider }, Some(before)) => {
                let wider: Vec<AskChange> = diff_manifests(before, new)
                    .into_iter()
                    .filter(|change| change.direction == AskDirection::Wider)
                    .collect();
                if !wider.is_empty() && !accept_wider {
                    return Err(Error::WiderAsks {
                        plugin: before.id.clone(),
                        asks: wider.iter().map(ToString::to_string).collect(),
                    });
                }
                before.grants.widened_to(&before.manifest, new)
            }
            (_, _) => Grants::all_requested(new),
        };
        grants.check(new)?;
        Ok(grants)
    }
}
