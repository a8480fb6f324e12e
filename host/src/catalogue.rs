//! The plugins that ship, inside the program. A build with the feature `catalogue` takes them in: see `build.rs`.

use crate::model::Digest;

/// A plugin that ships.
#[derive(Debug, Clone, Copy)]
pub struct Shipped {
    /// The name of its file, which is the one that its manifest gives it.
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

/// All that were built in, by name. There are none in a program that was built without them.
pub fn shipped() -> &'static [Shipped] {
    SHIPPED
}

/// By name.
pub fn find(name: &str) -> Option<Shipped> {
    SHIPPED.iter().find(|it| it.name == name).copied()
}
