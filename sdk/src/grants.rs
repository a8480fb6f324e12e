//! What a person granted this plugin here: at the most what its manifest asks for. A field that was not granted looks like one that
//! is not known; where that makes a difference, ask.

pub use crate::bindings::regulars::plugin::grants::{Granted, Window};

use crate::{CustomerField, EffectKind};

/// All of it.
pub fn get() -> Granted {
    #[cfg(target_arch = "wasm32")]
    return crate::bindings::regulars::plugin::grants::get();
    #[cfg(not(target_arch = "wasm32"))]
    return crate::testing::world::granted();
}

/// Whether a field of the customer may be seen.
pub fn shows(field: CustomerField) -> bool {
    let name = name(field);
    get().fields.iter().any(|it| Some(it) == name.as_ref())
}

/// Whether effects of this kind may be returned. A run with one that was not granted is refused as a whole.
pub fn allows(effect: EffectKind) -> bool {
    let name = effect.to_string();
    get().effects.contains(&name)
}

/// As the manifest writes it.
pub(crate) fn name(field: CustomerField) -> Option<String> {
    let name = serde_json::to_value(field).ok()?;
    name.as_str().map(str::to_owned)
}
