//! The trust policy: decides by its signature if a component may be installed.

use super::error::RegistryError;
use super::pins::Pins;
use super::pull_request::{OtherSigner, PullRequest};
use super::reference::OciReference;
use super::signature::PublicKey;
use super::trusted::{SignatureStatus, TrustedKey, TrustedKeys};

/// Accepts or refuses a component by its signature.
pub(super) fn check_signature(
    status: &SignatureStatus,
    request: &PullRequest,
) -> Result<(), RegistryError> {
    let reference = request.reference.to_string();
    let repository = request.reference.repository().to_owned();
    match status {
        SignatureStatus::Trusted { .. } => Ok(()),
        SignatureStatus::Forged { key } => Err(RegistryError::Forged {
            what: reference,
            key: *key,
        }),
        SignatureStatus::Unsigned
        | SignatureStatus::Unknown { .. }
        | SignatureStatus::Elsewhere { .. }
            if request.allow_unsigned =>
        {
            Ok(())
        }
        SignatureStatus::Elsewhere { key } => Err(RegistryError::Elsewhere {
            reference,
            repository,
            signer: in_words(key),
            only: key.only_in_words(),
        }),
        SignatureStatus::Unsigned => Err(RegistryError::Unsigned {
            reference,
            repository,
        }),
        SignatureStatus::Unknown { key } => Err(RegistryError::Untrusted {
            reference,
            repository,
            key: *key,
        }),
    }
}

/// Returns the earlier signers of the repository, for display. Empty if the present signer is among them.
pub(super) fn earlier_signers(
    status: &SignatureStatus,
    pins: &Pins,
    trusted: &TrustedKeys,
    reference: &OciReference,
) -> Vec<String> {
    let before = pins.signers(reference);
    match status {
        SignatureStatus::Trusted { key, .. } if !before.contains(&key.key.to_string()[..]) => {
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
pub(super) fn check_signer(
    status: &SignatureStatus,
    before: &[String],
    request: &PullRequest,
) -> Result<(), RegistryError> {
    let SignatureStatus::Trusted { key, .. } = status else {
        return Ok(());
    };
    let reference = request.reference.to_string();
    match &request.other_signer {
        _ if before.is_empty() => Ok(()),
        OtherSigner::Report => Ok(()),
        OtherSigner::Accept(named) if key.is_called(named) => Ok(()),
        OtherSigner::Accept(named) => Err(RegistryError::NotAccepted {
            reference,
            now: in_words(key),
            named: regulars_model::text::line(named, 60),
        }),
        OtherSigner::Refuse => Err(RegistryError::OtherSigner {
            reference,
            repository: request.reference.repository().to_owned(),
            now: in_words(key),
            before: before.join(", "),
            key: key.key.id(),
        }),
    }
}

fn in_words(key: &TrustedKey) -> String {
    let name = regulars_model::text::line(&key.name, 60);
    format!("{name} (key {})", key.key.id())
}
