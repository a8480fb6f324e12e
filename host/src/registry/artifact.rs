//! The WebAssembly OCI artifact layout: what is written into a registry, and what is taken from one.

use std::collections::BTreeMap;

use oci_client::manifest::{OciDescriptor, OciImageManifest};
use serde_json::json;
use wasmparser::{Parser, Payload};

use super::error::RegistryError;
use super::reference::OciReference;
use crate::model::{Digest, Timestamp};

/// Of the manifest.
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Of the config. The constants of `oci_client` with such names are of an older layout.
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// Of the one layer: a component's bytes.
const LAYER: &str = "application/wasm";
/// Of the layer that holds a signature's text, and of the artifact that it makes.
const SIGNATURE: &str = "application/vnd.minisign.signature.v1";
/// Of a config that says nothing, by the OCI image specification.
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
const EMPTY_CONFIG: &[u8] = b"{}";
/// The most bytes that a signature has: four lines.
const SIGNATURE_BYTES: u64 = 4096;

/// A component as it goes into a registry.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// The component's bytes.
    pub wasm: Vec<u8>,
    /// As its manifest says: for people who look at the registry.
    pub title: String,
    pub version: String,
    pub summary: String,
    /// When it is published.
    pub created: Timestamp,
}

/// Bytes and what the manifest says of them.
pub(super) struct Blob {
    pub bytes: Vec<u8>,
    pub descriptor: OciDescriptor,
}

/// A manifest as it is sent, and the blobs that it names.
pub(super) struct Parcel {
    pub manifest: Vec<u8>,
    pub digest: Digest,
    /// The config first.
    pub blobs: [Blob; 2],
}

/// What a manifest says of the one layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layer {
    pub digest: Digest,
    pub size: u64,
}

impl Artifact {
    pub(super) fn parcel(&self) -> Parcel {
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
        Parcel::new(&manifest, [config, layer])
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

impl Parcel {
    fn new(manifest: &OciImageManifest, blobs: [Blob; 2]) -> Parcel {
        let manifest = serde_json::to_vec(manifest).expect("it is strings and numbers");
        Parcel {
            digest: Digest::of(&manifest),
            manifest,
            blobs,
        }
    }

    /// A signature's text, as an artifact about another one.
    pub fn signature(text: &str, of: &Parcel) -> Parcel {
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
        Parcel::new(&manifest, [config, layer])
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

/// The tag under which a registry keeps the signature of what this manifest names.
pub(super) fn signature_tag(manifest: Digest) -> String {
    format!("sha256-{}.minisig", manifest.hex())
}

/// The component that a manifest names.
pub(super) fn component_layer(
    body: &[u8],
    reference: &OciReference,
    most: u64,
) -> Result<Layer, RegistryError> {
    let not_wasm = |found: String| RegistryError::NotWasm {
        reference: reference.to_string(),
        found: crate::text::line(&found, 200),
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

/// The layer with the signature's text; none where it is no signature.
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

/// What a manifest says that it is, where it is no image manifest.
fn kind_of(body: &[u8]) -> String {
    let json: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let kind = json.as_ref().and_then(|json| json["mediaType"].as_str());
    match kind {
        Some(kind) => kind.to_owned(),
        None => "something without a manifest that can be read".to_owned(),
    }
}

/// What a component imports and exports at its outside, by name. What cannot be read has neither: the host has
/// looked at it before.
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
