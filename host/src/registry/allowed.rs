//! The trust policy: decides by its signature if a component may be installed.

use super::acquire::{OtherSigner, Wanted};
use super::error::RegistryError;
use super::pins::Pins;
use super::reference::OciReference;
use super::signature::PublicKey;
use super::trusted::{TrustedKey, TrustedKeys, Verdict};

/// Accepts or refuses a component by its signature.
pub(super) fn allow(verdict: &Verdict, wanted: &Wanted) -> Result<(), RegistryError> {
    let reference = wanted.reference.to_string();
    let repository = wanted.reference.repository().to_owned();
    match verdict {
        Verdict::Trusted { .. } => Ok(()),
        Verdict::Forged { key } => Err(RegistryError::Forged {
            what: reference,
            key: *key,
        }),
        Verdict::Unsigned | Verdict::Unknown { .. } | Verdict::Elsewhere { .. }
            if wanted.allow_unsigned =>
        {
            Ok(())
        }
        Verdict::Elsewhere { key } => Err(RegistryError::Elsewhere {
            reference,
            repository,
            signer: in_words(key),
            only: key.only_in_words(),
        }),
        Verdict::Unsigned => Err(RegistryError::Unsigned {
            reference,
            repository,
        }),
        Verdict::Unknown { key } => Err(RegistryError::Untrusted {
            reference,
            repository,
            key: *key,
        }),
    }
}

/// Returns the earlier signers of the repository, for display. Empty if the present signer is among them.
pub(super) fn others(
    verdict: &Verdict,
    pins: &Pins,
    trusted: &TrustedKeys,
    reference: &OciReference,
) -> Vec<String> {
    let before = pins.signers(reference);
    match verdict {
        Verdict::Trusted { key, .. } if !before.contains(&key.key.to_string()[..]) => {
            let signer = |text: &str| {
                let known = trusted.keys().iter().find(|it| it.key.to_string() == text);
                match (known, text.parse::<PublicKey>()) {
                    (Some(key), _) => in_words(key),
                    (None, Ok(key)) => format!("the key {}", key.id()),
                    (None, Err(_)) => "an unreadable key".to_owned(),
                }
            };
            before.into_iter().map(signer).collect()
        }
        _ => Vec::new(),
    }
}

/// Accepts or refuses a component that another trusted key signed than its predecessors.
pub(super) fn allow_other(
    verdict: &Verdict,
    before: &[String],
    wanted: &Wanted,
) -> Result<(), RegistryError> {
    let Verdict::Trusted { key, .. } = verdict else {
        return Ok(());
    };
    let reference = wanted.reference.to_string();
    match &wanted.other_signer {
        _ if before.is_empty() => Ok(()),
        OtherSigner::Tell => Ok(()),
        OtherSigner::Accept(named) if key.is_called(named) => Ok(()),
        OtherSigner::Accept(named) => Err(RegistryError::NotAccepted {
            reference,
            now: in_words(key),
            named: crate::text::line(named, 60),
        }),
        OtherSigner::Refuse => Err(RegistryError::OtherSigner {
            reference,
            repository: wanted.reference.repository().to_owned(),
            now: in_words(key),
            before: before.join(", "),
            key: key.key.id(),
        }),
    }
}

fn in_words(key: &TrustedKey) -> String {
    let name = crate::text::line(&key.name, 60);
    format!("{name} (key {})", key.key.id())
}
