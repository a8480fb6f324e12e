//! The plugin's memory. Writes are effects, like all others: [`remember`] and [`forget`](crate::forget).

use serde::de::DeserializeOwned;

use crate::{Context, Effect, Instant, Scope, instant, remember};

/// Returns the value under `key` in the customer's or the installation's own memory.
///
/// `None` if there is none, or it is not a `T`, for example because an earlier version wrote it. The latter
/// is logged.
pub fn get<T: DeserializeOwned>(scope: Scope, key: &str) -> Option<T> {
    let json = read(scope, key)?;
    serde_json::from_str(&json)
        .map_err(|e| crate::log::warn!("memory {key:?} has another type: {e}"))
        .ok()
}

/// Returns an effect that marks an act as done under `key`. `None` if the key exists already. For acts that
/// happen once.
pub fn once(scope: Scope, key: &str) -> Option<Effect> {
    match read(scope, key) {
        Some(_) => None,
        None => Some(remember(scope, key, &true)),
    }
}

/// Returns the whole days since the instant under `key`. `None` if that is `days` or more, or never. For acts
/// that must not be repeated for some days.
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
