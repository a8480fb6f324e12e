use std::fmt;
use std::str::FromStr;

use oci_client::Reference;

use super::error::RegistryError;
use regulars_model::Digest;
use regulars_model::web_url;

/// The prefix of every reference.
pub(super) const SCHEME: &str = "oci://";
/// The form of a reference, for error messages.
const FORM: &str = "oci://HOST/REPOSITORY:VERSION, such as oci://ghcr.io/acme/overheard:1.2.0";

/// The address of a plugin in a registry: `oci://HOST[:PORT]/REPOSITORY:VERSION`. The digest of the manifest,
/// `@sha256:…`, may replace or follow the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OciReference {
    inner: Reference,
    digest: Option<Digest>,
}

impl OciReference {
    /// Parses a reference, and adds `version` if it names none.
    ///
    /// # Errors
    /// [`RegistryError::Reference`], as for parsing.
    pub fn or_version(text: &str, version: &str) -> Result<OciReference, RegistryError> {
        match text.contains('@') || has_tag(text) {
            true => text.parse(),
            // A tag cannot hold the plus of build metadata.
            false => format!("{text}:{}", version.replace('+', "_")).parse(),
        }
    }

    /// Returns the registry's host, with its port if it names one.
    pub fn host(&self) -> &str {
        self.inner.registry()
    }

    /// Returns the path of the repository within the registry.
    pub fn repository(&self) -> &str {
        self.inner.repository()
    }

    /// Returns the tag's version, by [Semantic Versioning](https://semver.org). `None` if the reference has
    /// only a digest.
    pub fn version(&self) -> Option<String> {
        self.inner.tag().map(|tag| tag.replace('_', "+"))
    }

    /// Returns the digest of the manifest. `None` if the reference has only a version.
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// Returns the reference by digest to another manifest of the same repository.
    pub fn at(&self, manifest: Digest) -> OciReference {
        let inner = Reference::with_digest(
            self.host().to_owned(),
            self.repository().to_owned(),
            manifest.to_string(),
        );
        OciReference {
            inner,
            digest: Some(manifest),
        }
    }

    /// Returns true if the registry's host is `localhost` or a loopback address.
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        web_url::is_loopback(name)
    }

    pub(super) fn inner(&self) -> &Reference {
        &self.inner
    }

    /// Returns another tag of the same repository.
    pub(super) fn with_tag(&self, tag: String) -> Reference {
        Reference::with_tag(self.host().to_owned(), self.repository().to_owned(), tag)
    }
}

impl FromStr for OciReference {
    type Err = RegistryError;

    fn from_str(text: &str) -> Result<OciReference, RegistryError> {
        let refuse = |problem: String| RegistryError::Reference {
            given: text.chars().take(200).collect(),
            problem,
        };
        let rest = text
            .strip_prefix(SCHEME)
            .ok_or_else(|| refuse(format!("expected {FORM}")))?;
        let host = rest.split('/').next().unwrap_or_default();
        // Without a host, the library would choose Docker Hub.
        if !(host.contains(['.', ':']) || host == "localhost") || !rest.contains('/') {
            return Err(refuse(format!("no registry: expected {FORM}")));
        }
        if !rest.contains('@') && !has_tag(text) {
            return Err(refuse(format!("no version: expected {FORM}")));
        }
        let inner: Reference = rest
            .parse()
            .map_err(|error| refuse(format!("{error}: expected {FORM}")))?;
        if let Some(tag) = inner.tag()
            && semver::Version::parse(&tag.replace('_', "+")).is_err()
        {
            return Err(refuse(format!(
                "invalid version \"{tag}\": expected one such as 1.2.0, or the digest of a manifest (@sha256:…)"
            )));
        }
        let digest = match inner.digest() {
            Some(digest) => Some(digest.parse().map_err(|_| {
                refuse(format!(
                    "invalid digest \"{digest}\": expected sha256: and 64 hexadecimal digits"
                ))
            })?),
            None => None,
        };
        Ok(OciReference { inner, digest })
    }
}

/// Returns true if there is a colon after the last slash.
fn has_tag(text: &str) -> bool {
    let name = text.split('@').next().unwrap_or_default();
    name.rsplit('/').next().unwrap_or_default().contains(':')
}

impl fmt::Display for OciReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.host(), self.repository())?;
        if let Some(tag) = self.inner.tag() {
            write!(f, ":{tag}")?;
        }
        match self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_must_be_complete() {
        for right in [
            "oci://ghcr.io/acme/overheard:1.2.0",
            "oci://127.0.0.1:5000/overheard:0.1.0-rc.1",
            "oci://localhost/a/b/c:1.0.0_build.5",
            &format!("oci://ghcr.io/acme/overheard@sha256:{}", "a".repeat(64)),
            &format!(
                "oci://ghcr.io/acme/overheard:1.0.0@sha256:{}",
                "a".repeat(64)
            ),
        ] {
            let reference: OciReference = right.parse().unwrap();
            assert_eq!(reference.to_string(), right);
        }
        for (wrong, says) in [
            ("ghcr.io/acme/overheard:1.2.0", "oci://HOST/REPOSITORY"),
            ("oci://acme/overheard:1.2.0", "no registry"),
            ("oci://ghcr.io", "no registry"),
            ("oci://ghcr.io/acme/overheard", "no version"),
            ("oci://127.0.0.1:5000/overheard", "no version"),
            (
                "oci://ghcr.io/acme/overheard:latest",
                "invalid version \"latest\"",
            ),
            (
                "oci://ghcr.io/acme/overheard:v1.2",
                "invalid version \"v1.2\"",
            ),
            ("oci://ghcr.io/Acme/Overheard:1.2.0", "expected"),
            ("oci://ghcr.io/../etc:1.2.0", "expected"),
            ("oci://ghcr.io/acme/overheard@sha256:12", "expected"),
        ] {
            let error = wrong.parse::<OciReference>().unwrap_err().to_string();
            assert!(error.contains(says), "{wrong}: {error}");
        }
    }

    #[test]
    fn adds_missing_version() {
        let of = |text| OciReference::or_version(text, "1.2.0+5").unwrap();
        let made = of("oci://127.0.0.1:5000/overheard");
        assert_eq!(made.to_string(), "oci://127.0.0.1:5000/overheard:1.2.0_5");
        assert_eq!(made.version().unwrap(), "1.2.0+5");
        assert_eq!(of("oci://ghcr.io/a:2.0.0").version().unwrap(), "2.0.0");
    }

    #[test]
    fn recognises_loopback_hosts() {
        let local = |host: &str| {
            let reference = format!("oci://{host}/a:1.0.0");
            reference.parse::<OciReference>().unwrap().is_loopback()
        };
        assert!(local("localhost") && local("localhost:5000") && local("127.0.0.1:5000"));
        assert!(!local("ghcr.io") && !local("10.0.0.1:5000") && !local("localhost.example.com"));
        assert!(!local("127.0.0.1.example.com"));
    }
}
