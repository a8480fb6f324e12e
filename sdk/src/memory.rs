//! What the plugin remembered. Writing is an effect, as everything else that it wants done:
//! [`remember`] and [`forget`](crate::forget).

use serde::de::DeserializeOwned;

use crate::{Context, Effect, Instant, Scope, instant, remember};

/// What is remembered under `key`, about this customer or about the installation as a whole.
///
/// None where nothing is, and also where what is there is not a `T`: an earlier version wrote it,
/// say. That is logged.
pub fn get<T: DeserializeOwned>(scope: Scope, key: &str) -> Option<T> {
    let json = read(scope, key)?;
    serde_json::from_str(&json)
        .map_err(|e| crate::log::warn!("memory {key:?} is not what it was: {e}"))
        .ok()
}

/// For what is done once: the effect that remembers that it was, or none where anything is
/// remembered under `key` already.
pub fn once(scope: Scope, key: &str) -> Option<Effect> {
    match read(scope, key) {
        Some(_) => None,
        None => Some(remember(scope, key, &true)),
    }
}

/// For what is not done again for so many days: how many whole days ago it was, by the moment that
/// is remembered under `key`; none where it is longer ago, or never was.
pub fn within_days(cx: &Context, scope: Scope, key: &str, days: u32) -> Option<i64> {
    let done: Instant = get(scope, key)?;
    let ago = instant::days_between(done, cx.now);
    Some(ago).filter(|ago| *ago < i64::from(days))
}

fn read(scope: Scope, key: &str) -> Option<String> {
    #[cfg(target_arch = "wasm32")]
    return crate::bindings::regulars::plugin::memory::get(scope, key);
    #[cfg(not(target_arch = "wasm32"))]
    return crate::testing::world::memory(scope, key);
}
