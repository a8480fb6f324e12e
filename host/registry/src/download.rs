use reqwest::StatusCode;

use super::artifact::{Layer, component_layer, signature_layer, signature_tag};
use super::client::Registry;
use super::error::RegistryError;
use super::reference::OciReference;
use super::signature::{Signature, SignatureError};
use regulars_model::Digest;

/// The initial allocation in bytes, whatever size the manifest claims.
const FIRST: u64 = 1 << 20;

/// The present content of a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// The digest of the image manifest.
    pub manifest: Digest,
    pub layer: Layer,
}

impl Registry {
    /// Resolves a reference to its manifest and layer.
    pub(super) fn find(&self, reference: &OciReference) -> Result<Found, RegistryError> {
        let found = self.manifest(reference.inner())?;
        let (body, manifest) = found.ok_or_else(|| RegistryError::NotFound {
            reference: reference.to_string(),
        })?;
        if let Some(expected) = reference.digest().filter(|it| *it != manifest) {
            return Err(self.not_as_asked(expected, manifest));
        }
        let most = self.options.max_component_bytes;
        Ok(Found {
            manifest,
            layer: component_layer(&body, reference, most)?,
        })
    }

    /// Downloads a layer and checks its size and digest. `watch` receives the number of downloaded bytes.
    pub(super) fn fetch(
        &self,
        reference: &OciReference,
        layer: Layer,
        watch: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Vec<u8>, RegistryError> {
        // URLs in the descriptor are ignored: they would let a publisher direct requests to any machine.
        let path = format!("blobs/{}", layer.digest);
        let bytes = self.wait(async {
            let mut response = self.get(reference.inner(), &path, "*/*").await?;
            if response.status() != StatusCode::OK {
                return Err(self.refusal(response, &reference.inner().whole()).await);
            }
            let first = layer.size.min(FIRST);
            let mut bytes = Vec::with_capacity(usize::try_from(first).unwrap_or(0));
            while let Some(chunk) = self.chunk(&mut response).await? {
                let chunk = chunk.as_ref();
                if (bytes.len() + chunk.len()) as u64 > layer.size {
                    return Err(RegistryError::WrongDigest {
                        host: self.host.clone(),
                        expected: format!("{} of {} bytes", layer.digest, layer.size),
                        found: "more".to_owned(),
                    });
                }
                bytes.extend_from_slice(chunk);
                watch(bytes.len() as u64);
            }
            Ok(bytes)
        })?;
        match Digest::of(&bytes) {
            digest if digest == layer.digest => Ok(bytes),
            digest => Err(self.not_as_asked(layer.digest, digest)),
        }
    }

    /// Returns the signature for a manifest. `None` if there is none.
    pub(super) fn signature(
        &self,
        reference: &OciReference,
        manifest: Digest,
    ) -> Result<Option<Signature>, RegistryError> {
        let beside = reference.with_tag(signature_tag(manifest));
        let Some((body, _)) = self.manifest(&beside)? else {
            return Ok(None);
        };
        let unreadable = |problem| RegistryError::Signature {
            what: format!("the signature of {reference}"),
            problem,
        };
        let layer =
            signature_layer(&body).ok_or_else(|| unreadable(SignatureError::NoSignature))?;
        let bytes = self.fetch(reference, layer, &mut |_| {})?;
        let text = String::from_utf8(bytes).map_err(|_| unreadable(SignatureError::NoSignature))?;
        text.parse().map(Some).map_err(unreadable)
    }

    fn not_as_asked(&self, expected: Digest, found: Digest) -> RegistryError {
        RegistryError::WrongDigest {
            host: self.host.clone(),
            expected: expected.to_string(),
            found: found.to_string(),
        }
    }
}
