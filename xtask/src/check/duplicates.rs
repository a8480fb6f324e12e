//! Packages that the program contains in several versions.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use cargo_metadata::Metadata;

/// Packages in several versions, with their number. The list may only shrink: each row waits for other projects.
const KNOWN: &[(&str, usize)] = &[
    ("base64", 2),
    ("block-buffer", 2),
    ("cpufeatures", 2),
    ("crypto-common", 2),
    ("digest", 2),
    ("embedded-io", 2),
    ("getrandom", 3),
    ("hashbrown", 2),
    ("hmac", 2),
    ("r-efi", 2),
    ("sha2", 2),
    ("strum", 2),
    ("strum_macros", 2),
    ("syn", 2),
    ("wasm-encoder", 2),
    ("wasm-metadata", 2),
    ("wasmparser", 2),
    ("windows-sys", 2),
    ("wit-component", 2),
    ("wit-parser", 2),
];

pub fn violations(metadata: &Metadata) -> Result<Vec<String>> {
    let mut versions: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for package in super::shipped(metadata)? {
        let seen = versions.entry(package.name.as_str()).or_default();
        seen.insert(package.version.to_string());
    }
    let known: BTreeMap<&str, usize> = KNOWN.iter().copied().collect();
    let mut violations = Vec::new();
    for (name, versions) in &versions {
        let most = known.get(name).copied().unwrap_or(1);
        if versions.len() > most {
            let list = Vec::from_iter(versions.iter().map(String::as_str)).join(" and ");
            violations.push(format!(
                "the program contains {name} in {list}: choose dependencies that agree on {most}, \
                 see cargo tree --invert {name}@VERSION"
            ));
        }
    }
    for (name, most) in KNOWN {
        let found = versions.get(name).map_or(0, BTreeSet::len);
        if found < *most {
            violations.push(format!(
                "{name} is in {found} versions now: lower its row in {}",
                file!()
            ));
        }
    }
    Ok(violations)
}
