//! The effects without builders.

use serde::Serialize;

use crate::{Because, Effect, Instant, Level, Memo, Scope, Timer};

/// Stores `value` under `key` in the customer's or the installation's own memory.
/// [`memory::get`](crate::memory::get) reads it in a later call.
///
/// # Panics
/// If `value` has no JSON form, such as a map whose keys are not strings.
pub fn remember(scope: Scope, key: impl Into<String>, value: &(impl Serialize + ?Sized)) -> Effect {
    Effect::Remember(Memo {
        scope,
        key: key.into(),
        value: Some(json(value)),
    })
}

/// Removes `key` from the memory.
pub fn forget(scope: Scope, key: impl Into<String>) -> Effect {
    Effect::Remember(Memo {
        scope,
        key: key.into(),
        value: None,
    })
}

/// Sets a timer, which calls the plugin again for this customer with
/// [`Event::TimerDue`](crate::Event::TimerDue), not before `at`. A timer with the same key is replaced.
///
/// # Panics
/// If `payload` has no JSON form, such as a map whose keys are not strings.
pub fn wake(key: impl Into<String>, at: Instant, payload: &(impl Serialize + ?Sized)) -> Effect {
    Effect::Wake(Timer {
        key: key.into(),
        at,
        payload: json(payload),
    })
}

/// Adds a tag to the customer.
pub fn tag(tag: impl Into<String>) -> Effect {
    Effect::Tag(tag.into())
}

/// Removes a tag from the customer.
pub fn untag(tag: impl Into<String>) -> Effect {
    Effect::Untag(tag.into())
}

/// Proposes another relationship level. The host lowers it at once; only the customer or staff can raise it.
pub fn propose_level(level: Level, because: Because) -> Effect {
    Effect::ProposeLevel((level, because))
}

pub(super) fn json(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).expect("a value with a JSON form")
}
