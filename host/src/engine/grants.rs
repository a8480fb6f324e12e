use regulars_manifest::Manifest;

use crate::error::Error;
use crate::model::{Grants, Installation};
use crate::plugin::{AskChange, AskDirection, diff_manifests};

/// The grants that a new version gets.
pub(crate) enum GrantSpec {
    /// The given grants.
    These(Grants),
    /// All requested grants. Grants that were refused to the version before stay refused.
    AllAsked,
    /// The grants of the version before. New requests need a person's consent in `accept_wider`.
    AsBefore { accept_wider: bool },
}

impl GrantSpec {
    /// Returns the grants for the manifest `new`, in place of the installation `before`.
    ///
    /// # Errors
    /// [`Error::WiderAsks`] if the manifest asks for more and `accept_wider` is false. [`Error::Invalid`] for a grant
    /// that the manifest does not ask for.
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
