//! The WebAssembly OCI artifact layout: writes and reads manifests.

use std::collections::BTreeMap;

use oci_client::manifest::{OciDescriptor, OciImageManifest};
use serde_json::json;
use wasmparser::{Parser, Payload};

use super::error::RegistryError;
use super::reference::OciReference;
use regulars_model::{Digest, Timestamp};

/// Media type of the manifest.
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Media type of the config. The constants of `oci_client` with such names belong to an older layout.
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// Media type of the only layer: the component's bytes.
const LAYER: &str = "application/wasm";
/// Media type of a signature's layer and artifact type of its manifest.
const SIGNATURE: &str = "application/vnd.minisign.signature.v1";
/// Media type of an empty config, from the OCI image specification.
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
const EMPTY_CONFIG: &[u8] = b"{}";
/// The maximum size of a signature's text in bytes.
const SIGNATURE_BYTES: u64 = 4096;

/// A component to publish, with its annotations.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// The component's bytes.
    pub wasm: Vec<u8>,
    /// The annotations come from the plugin's manifest, for people who browse the registry.
    pub title: String,
    pub version: String,
    pub summary: String,
    /// The time of publication.
    pub created: Timestamp,
}

/// A blob with its descriptor.
pub(super) struct Blob {
    pub bytes: Vec<u8>,
    pub descriptor: OciDescriptor,
}

/// A manifest, serialized, and the blobs that it names.
pub(super) struct Package {
    pub manifest: Vec<u8>,
    pub digest: Digest,
    /// The config first, then the layer.
    pub blobs: [Blob; 2],
}

/// Digest and size in bytes of the only layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layer {
    pub digest: Digest,
    pub size: u64,
}

impl Artifact {
    pub(super) fn package(&self) -> Package {
        let (imports, exports) = interfaces(&self.wasm);
        let config = json!({
            "created": self.created.to_string(),
            "author": null,
            "architecture": "wasm",
            // The layout knows `wasip1` for modules and `wasip2` for components, whatever they import.
            "os": "wasip2",
            "layerDigests": [Digest::of(&self.wasm)],
            "component": { "imports": imports, "exports": exports, "target": null },
        });
        let config = Blob::new(config.to_string().into_bytes(), CONFIG);
        let layer = Blob::new(self.wasm.clone(), LAYER);
        let mut manifest = manifest(&config, &layer);
        manifest.annotations = Some(BTreeMap::from(
            [
                ("org.opencontainers.image.title", &self.title),
                ("org.opencontainers.image.version", &self.version),
                ("org.opencontainers.image.description", &self.summary),
            ]
            .map(|(key, value)| (key.to_owned(), value.clone())),
        ));
        Package::new(&manifest, [config, layer])
    }
}

impl Blob {
    fn new(bytes: Vec<u8>, media_type: &str) -> Blob {
        let descriptor = OciDescriptor {
            media_type: media_type.to_owned(),
            digest: Digest::of(&bytes).to_string(),
            size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
            ..OciDescriptor::default()
        };
        Blob { bytes, descriptor }
    }
}

impl Package {
    fn new(manifest: &OciImageManifest, blobs: [Blob; 2]) -> Package {
        let manifest = serde_json::to_vec(manifest).expect("strings and numbers serialize");
        Package {
            digest: Digest::of(&manifest),
            manifest,
            blobs,
        }
    }

    /// Builds the artifact that holds a signature. Its subject is the signed manifest.
    pub fn signature(text: &str, of: &Package) -> Package {
        let config = Blob::new(EMPTY_CONFIG.to_vec(), EMPTY);
        let layer = Blob::new(text.as_bytes().to_vec(), SIGNATURE);
        let mut manifest = manifest(&config, &layer);
        manifest.artifact_type = Some(SIGNATURE.to_owned());
        manifest.subject = Some(OciDescriptor {
            media_type: MANIFEST.to_owned(),
            digest: of.digest.to_string(),
            size: i64::try_from(of.manifest.len()).unwrap_or(i64::MAX),
            ..OciDescriptor::default()
        });
        Package::new(&manifest, [config, layer])
    }
}

fn manifest(config: &Blob, layer: &Blob) -> OciImageManifest {
    OciImageManifest {
        media_type: Some(MANIFEST.to_owned()),
        config: config.descriptor.clone(),
        layers: vec![layer.descriptor.clone()],
        ..OciImageManifest::default()
    }
}

/// Returns the tag of the signature for a manifest.
pub(super) fn signature_tag(manifest: Digest) -> String {
    format!("sha256-{}.minisig", manifest.hex())
}

/// Returns the component's layer of a manifest.
pub(super) fn component_layer(
    body: &[u8],
    reference: &OciReference,
    most: u64,
) -> Result<Layer, RegistryError> {
    let not_wasm = |found: String| RegistryError::NotWasm {
        reference: reference.to_string(),
        found: regulars_model::text::line(&found, 200),
    };
    let manifest: OciImageManifest = match serde_json::from_slice(body) {
        Ok(manifest) => manifest,
        Err(_) => return Err(not_wasm(kind_of(body))),
    };
    if manifest.config.media_type != CONFIG {
        return Err(not_wasm(format!(
            "an artifact with a config {}",
            manifest.config.media_type
        )));
    }
    let [layer] = &manifest.layers[..] else {
        return Err(not_wasm(format!(
            "an artifact of {} layers",
            manifest.layers.len()
        )));
    };
    if layer.media_type != LAYER {
        return Err(not_wasm(format!("a layer {}", layer.media_type)));
    }
    let what = format!("the component of {reference}");
    read(layer, what, most).ok_or_else(|| not_wasm("a layer without a usable digest".to_owned()))?
}

/// Returns the layer with the signature's text. `None` if the manifest holds no signature.
pub(super) fn signature_layer(body: &[u8]) -> Option<Layer> {
    let manifest: OciImageManifest = serde_json::from_slice(body).ok()?;
    let [layer] = &manifest.layers[..] else {
        return None;
    };
    if layer.media_type != SIGNATURE {
        return None;
    }
    read(layer, "the signature".to_owned(), SIGNATURE_BYTES)?.ok()
}

fn read(layer: &OciDescriptor, what: String, limit: u64) -> Option<Result<Layer, RegistryError>> {
    let digest = layer.digest.parse().ok()?;
    let size = u64::try_from(layer.size).ok()?;
    Some(match size > limit {
        true => Err(RegistryError::TooLarge { what, size, limit }),
        false => Ok(Layer { digest, size }),
    })
}

/// Returns the media type that a document claims, for the error message.
fn kind_of(body: &[u8]) -> String {
    let json: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let kind = json.as_ref().and_then(|json| json["mediaType"].as_str());
    match kind {
        Some(kind) => kind.to_owned(),
        None => "a document without a readable manifest".to_owned(),
    }
}

/// Returns the names of a component's imports and exports. Both are empty for unreadable bytes, which the
/// host has refused before.
fn interfaces(wasm: &[u8]) -> (Vec<String>, Vec<String>) {
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload {
            Ok(Payload::ModuleSection { .. } | Payload::ComponentSection { .. }) => depth += 1,
            Ok(Payload::End(_)) => depth = depth.saturating_sub(1),
            Ok(Payload::ComponentImportSection(section)) if depth == 0 => {
                imports.extend(
                    section
                        .into_iter()
                        .flatten()
                        .map(|it| it.name.name.to_owned()),
                );
            }
            Ok(Payload::ComponentExportSection(section)) if depth == 0 => {
                exports.extend(
                    section
                        .into_iter()
                        .flatten()
                        .map(|it| it.name.name.to_owned()),
                );
            }
            Ok(_) => {}
            Err(_) => break,
        }
    }
    (imports, exports)
}
