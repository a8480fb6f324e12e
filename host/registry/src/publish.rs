use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use reqwest::StatusCode;
use serde::Serialize;

use super::artifact::{Artifact, Blob, MANIFEST, Package, component_layer, signature_tag};
use super::client::{Registry, USER_AGENT};
use super::error::RegistryError;
use super::reference::OciReference;
use super::signature::Signature;
use regulars_model::Digest;

/// A published component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Published {
    /// The reference that installs it.
    pub reference: String,
    /// The digest of the image manifest. A reference by digest never changes its content.
    pub manifest: Digest,
    /// The digest of the component.
    pub layer: Digest,
    /// The component's size in bytes.
    pub size: u64,
    /// True if the same component was published under this version before.
    pub was_there: bool,
    /// The id of the signing key. `None` without a signature.
    pub signed_by: Option<String>,
}

impl Registry {
    /// Publishes a component and, if given, its signature. The tag is pushed last, so that a visible version
    /// is complete. A component that is published already is not sent again, and its signature is replaced.
    ///
    /// # Errors
    /// [`RegistryError::Published`] if the version exists with other content and `overwrite` is false.
    /// Otherwise the registry's own error.
    pub fn publish(
        &self,
        reference: &OciReference,
        artifact: &Artifact,
        signature: Option<&Signature>,
        overwrite: bool,
    ) -> Result<Published, RegistryError> {
        let layer = Digest::of(&artifact.wasm);
        let mut package = artifact.package();
        let mut was_there = false;
        if let Some((body, manifest)) = self.manifest(reference.inner())? {
            let there = component_layer(&body, reference, u64::MAX).map(|layer| layer.digest);
            was_there = there.is_ok_and(|there| there == layer);
            if was_there {
                package.manifest = body;
                package.digest = manifest;
            } else if !overwrite {
                return Err(RegistryError::Published {
                    reference: reference.to_string(),
                    there: manifest,
                });
            }
        }
        if let Some(signature) = signature {
            let beside = Package::signature(signature.text(), &package);
            let tag = signature_tag(package.digest);
            self.send(&reference.with_tag(tag), &beside)?;
        }
        if !was_there {
            self.send(reference.inner(), &package)?;
        }
        Ok(Published {
            reference: reference.to_string(),
            manifest: package.digest,
            layer,
            size: artifact.wasm.len() as u64,
            was_there,
            signed_by: signature.map(|signature| signature.key().to_string()),
        })
    }

    fn send(&self, reference: &Reference, package: &Package) -> Result<(), RegistryError> {
        let what = reference.whole();
        let (client, credentials) = self.wait_briefly(self.sender(reference))?;
        for blob in &package.blobs {
            self.send_blob(&client, &credentials, reference, blob, &what)?;
        }
        let manifest = package.manifest.clone();
        self.wait(async {
            client
                .store_auth_if_needed(reference.resolve_registry(), &credentials)
                .await;
            client
                .push_manifest_raw(reference, manifest, MANIFEST.parse().expect("it is ASCII"))
                .await
                .map_err(|error| self.explain(error, &what))?;
            Ok(())
        })
    }

    /// Returns the client and the credentials to publish with. With a token realm, only the realm receives
    /// the login.
    async fn sender(&self, reference: &Reference) -> Result<(Client, RegistryAuth), RegistryError> {
        let config = ClientConfig {
            protocol: match self.plain {
                true => ClientProtocol::HttpsExcept(vec![self.host.clone()]),
                false => ClientProtocol::Https,
            },
            connect_timeout: Some(self.options.connect_timeout),
            read_timeout: Some(self.options.stall_timeout),
            user_agent: USER_AGENT,
            ..ClientConfig::default()
        };
        let what = reference.whole();
        let client = Client::try_from(config).map_err(|error| self.explain(error, &what))?;
        let url = self.url(reference, "")?;
        let asked = self.follow(url, "*/*", &RegistryAuth::Anonymous).await?;
        let asks = asked.response.status() == StatusCode::UNAUTHORIZED && asked.from_origin;
        let credentials = match asks {
            true => {
                let headers = asked.response.headers();
                self.authorize(headers, reference, "pull,push").await?
            }
            false => RegistryAuth::Anonymous,
        };
        Ok((client, credentials))
    }

    fn send_blob(
        &self,
        client: &Client,
        credentials: &RegistryAuth,
        reference: &Reference,
        blob: &Blob,
        what: &str,
    ) -> Result<(), RegistryError> {
        let digest = &blob.descriptor.digest;
        self.wait(async {
            client
                .store_auth_if_needed(reference.resolve_registry(), credentials)
                .await;
            let explain = |error| self.explain(error, what);
            if client
                .blob_exists(reference, digest)
                .await
                .map_err(explain)?
            {
                return Ok(());
            }
            client
                .push_blob(reference, blob.bytes.clone(), digest)
                .await
                .map_err(explain)?;
            Ok(())
        })
    }
}
