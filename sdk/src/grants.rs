//! The grants of this installation, which are at most the manifest's requests. A field that was not granted
//! looks like an unknown one: use this module where the difference matters.

pub use crate::bindings::regulars::plugin::grants::{Granted, Window};

use crate::{CustomerField, EffectKind};

/// Returns all grants.
pub fn get() -> Granted {
    #[cfg(target_arch = "wasm32")]
    return crate::bindings::regulars::plugin::grants::get();
    #[cfg(not(target_arch = "wasm32"))]
    return crate::testing::world::granted();
}

/// Returns true if a field of the customer is granted.
pub fn shows(field: CustomerField) -> bool {
    let name = name(field);
    get().fields.iter().any(|it| Some(it) == name.as_ref())
}

/// Returns true if effects of this kind are granted. A run with any other effect is refused as a whole.
pub fn allows(effect: EffectKind) -> bool {
    let name = effect.to_string();
    get().effects.contains(&name)
}

/// Returns a field's name in manifests.
pub(crate) fn name(field: CustomerField) -> Option<String> {
    let name = serde_json::to_value(field).ok()?;
    name.as_str().map(str::to_owned)
}
