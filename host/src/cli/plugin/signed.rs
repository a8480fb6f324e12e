//! Who vouches for a component, and how that is told.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;

use super::read_lines;
use crate::cli::output::safe;
use crate::model::Json;
use crate::registry::{RegistryError, Signature, SignatureStatus, TrustedKey, TrustedKeys};

/// Who vouches for a component.
#[derive(Debug, Clone)]
pub enum Signed {
    /// It ships with the program.
    Shipped,
    /// What its signature is worth.
    Checked(SignatureStatus),
}

impl From<SignatureStatus> for Signed {
    fn from(status: SignatureStatus) -> Signed {
        Signed::Checked(status)
    }
}

/// What the signature is worth that lies beside a file.
pub fn of_file(path: &Path, wasm: &[u8], trusted: &TrustedKeys) -> Result<Signed> {
    let signature = beside(path)?;
    let status = trusted
        .check(wasm, signature.as_ref(), None)
        .with_context(|| signature_of(path).display().to_string())?;
    Ok(status.into())
}

/// The signature beside a file; none where there is none.
pub fn beside(path: &Path) -> Result<Option<Signature>> {
    let path = signature_of(path);
    if std::fs::metadata(&path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        return Ok(None);
    }
    let signature = read_lines(&path)?
        .parse()
        .with_context(|| format!("{} cannot be used", path.display()))?;
    Ok(Some(signature))
}

/// Where minisign puts the signature of a file.
pub fn signature_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}

/// That a key's owner is not trusted for everything.
fn elsewhere(key: &TrustedKey) -> String {
    let (name, only) = (safe(&key.name, 60), safe(&key.only_in_words(), 200));
    let id = key.key.id();
    format!("signed by {name} (key {id}), whose key is trusted only for {only}")
}

impl Signed {
    pub fn in_words(&self) -> String {
        match self {
            Signed::Shipped => "not signed: whoever trusts this program trusts it".to_owned(),
            Signed::Checked(SignatureStatus::Trusted { key, comment }) => {
                let (name, comment) = (safe(&key.name, 60), safe(comment, 200));
                format!("signed by {name} (key {}): {comment}", key.key.id())
            }
            Signed::Checked(SignatureStatus::Elsewhere { key }) => elsewhere(key),
            Signed::Checked(SignatureStatus::Unknown { key }) => {
                format!("signed with the key {key}, which nobody here trusts")
            }
            Signed::Checked(SignatureStatus::Unsigned) => "not signed".to_owned(),
            Signed::Checked(SignatureStatus::Forged { key }) => format!(
                "WRONGLY SIGNED: the signature names the trusted key {key}, and is not of these bytes"
            ),
        }
    }

    pub fn to_json(&self) -> Json {
        match self {
            Signed::Shipped => json!({ "state": "shipped" }),
            Signed::Checked(SignatureStatus::Trusted { key, comment }) => json!({
                "state": "trusted", "key": key.key.id().to_string(), "name": key.name, "comment": comment,
            }),
            Signed::Checked(SignatureStatus::Elsewhere { key }) => json!({
                "state": "elsewhere", "key": key.key.id().to_string(), "name": key.name, "for": key.only,
            }),
            Signed::Checked(SignatureStatus::Unknown { key }) => {
                json!({ "state": "unknown", "key": key.to_string() })
            }
            Signed::Checked(SignatureStatus::Unsigned) => json!({ "state": "unsigned" }),
            Signed::Checked(SignatureStatus::Forged { key }) => {
                json!({ "state": "forged", "key": key.to_string() })
            }
        }
    }

    /// What to warn of, where it is let in all the same.
    pub fn warning(&self, source: &str) -> Option<String> {
        let source = safe(source, 200);
        match self {
            Signed::Shipped | Signed::Checked(SignatureStatus::Trusted { .. }) => None,
            Signed::Checked(SignatureStatus::Unsigned) => Some(format!(
                "warning: {source} is not signed: nobody but you vouches for it"
            )),
            Signed::Checked(SignatureStatus::Elsewhere { key }) => {
                Some(format!("warning: {source} is {}", elsewhere(key)))
            }
            Signed::Checked(SignatureStatus::Forged { key }) => Some(format!(
                "warning: the signature of {source} names the trusted key {key}, and is not of these bytes: somebody changed the \
                 one or the other, and it will not be installed"
            )),
            Signed::Checked(SignatureStatus::Unknown { key }) => Some(format!(
                "warning: {source} is signed with the key {key}, which nobody here trusts"
            )),
        }
    }

    pub fn is_forged(&self) -> bool {
        matches!(self, Signed::Checked(SignatureStatus::Forged { .. }))
    }

    /// Refuses a file whose signature is of other bytes.
    pub fn refuse_forged(&self, path: &Path) -> Result<()> {
        match self {
            Signed::Checked(SignatureStatus::Forged { key }) => Err(RegistryError::Forged {
                what: path.display().to_string(),
                key: *key,
            }
            .into()),
            _ => Ok(()),
        }
    }
}
