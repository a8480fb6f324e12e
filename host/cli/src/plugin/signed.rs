//! Component signatures on the command line.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;

use super::read_lines;
use crate::output::safe;
use regulars::model::Json;
use regulars_registry::{RegistryError, Signature, SignatureStatus, TrustedKey, TrustedKeys};

/// The origin of the trust in a component.
#[derive(Debug, Clone)]
pub enum Signed {
    /// The component ships with the program.
    Shipped,
    /// The verdict on its signature.
    Checked(SignatureStatus),
}

impl From<SignatureStatus> for Signed {
    fn from(status: SignatureStatus) -> Signed {
        Signed::Checked(status)
    }
}

/// Checks the signature in the file beside a component.
pub fn verify_file(path: &Path, wasm: &[u8], trusted: &TrustedKeys) -> Result<Signed> {
    let signature = read_signature(path)?;
    let status = trusted
        .check(wasm, signature.as_ref(), None)
        .with_context(|| signature_path(path).display().to_string())?;
    Ok(status.into())
}

/// Reads the signature beside a file. Returns `None` if there is none.
pub fn read_signature(path: &Path) -> Result<Option<Signature>> {
    let path = signature_path(path);
    if std::fs::metadata(&path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        return Ok(None);
    }
    let signature = read_lines(&path)?
        .parse()
        .with_context(|| format!("invalid signature file {}", path.display()))?;
    Ok(Some(signature))
}

/// Returns the path that minisign gives the signature of a file.
pub fn signature_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}

/// Says that the signer's key is trusted for other sources only.
fn describe_scope(key: &TrustedKey) -> String {
    let (name, only) = (safe(&key.name, 60), safe(&key.only_in_words(), 200));
    let id = key.key.id();
    format!("signed by {name} (key {id}), whose key is trusted only for {only}")
}

impl Signed {
    pub fn describe(&self) -> String {
        match self {
            Signed::Shipped => "not signed: part of this program".to_owned(),
            Signed::Checked(SignatureStatus::Trusted { key, comment }) => {
                let (name, comment) = (safe(&key.name, 60), safe(comment, 200));
                format!("signed by {name} (key {}): {comment}", key.key.id())
            }
            Signed::Checked(SignatureStatus::Elsewhere { key }) => describe_scope(key),
            Signed::Checked(SignatureStatus::Unknown { key }) => {
                format!("signed with the key {key}, which is not trusted here")
            }
            Signed::Checked(SignatureStatus::Unsigned) => "not signed".to_owned(),
            Signed::Checked(SignatureStatus::Forged { key }) => format!(
                "FORGED: the signature names the trusted key {key}, but does not match these bytes"
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

    /// Returns a warning for a component without a trusted signature.
    pub fn warning(&self, source: &str) -> Option<String> {
        let source = safe(source, 200);
        match self {
            Signed::Shipped | Signed::Checked(SignatureStatus::Trusted { .. }) => None,
            Signed::Checked(SignatureStatus::Unsigned) => Some(format!(
                "warning: {source} is not signed: install it only if you trust its source"
            )),
            Signed::Checked(SignatureStatus::Elsewhere { key }) => {
                Some(format!("warning: {source} is {}", describe_scope(key)))
            }
            Signed::Checked(SignatureStatus::Forged { key }) => Some(format!(
                "warning: the signature of {source} names the trusted key {key}, but does not match these bytes: one of them was changed, and \
                 the plugin will not be installed"
            )),
            Signed::Checked(SignatureStatus::Unknown { key }) => Some(format!(
                "warning: {source} is signed with the key {key}, which is not trusted here"
            )),
        }
    }

    pub fn is_forged(&self) -> bool {
        matches!(self, Signed::Checked(SignatureStatus::Forged { .. }))
    }

    /// Fails if the signature names a trusted key but does not match the file.
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
