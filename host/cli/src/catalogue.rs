//! The catalogue: the plugins that ship, embedded by the feature `catalogue` (see `build.rs`).

use regulars::model::Digest;

/// A plugin that ships.
#[derive(Debug, Clone, Copy)]
pub struct Shipped {
    /// The name of its file, which is the name in its manifest.
    pub name: &'static str,
    /// The component's bytes.
    pub wasm: &'static [u8],
}

impl Shipped {
    pub fn digest(&self) -> Digest {
        Digest::of(self.wasm)
    }
}

#[cfg(feature = "catalogue")]
include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

#[cfg(not(feature = "catalogue"))]
const SHIPPED: &[Shipped] = &[];

/// Returns the embedded plugins by name. Empty without the feature `catalogue`.
pub fn shipped() -> &'static [Shipped] {
    SHIPPED
}

/// Returns the embedded plugin of this name.
pub fn find(name: &str) -> Option<Shipped> {
    SHIPPED.iter().find(|it| it.name == name).copied()
}
