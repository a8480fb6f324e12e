//! The effects that need no builder.

use serde::Serialize;

use crate::{Because, Effect, Instant, Level, Memo, Scope, Timer};

/// Keeps `value` under `key`, about this customer or about the installation as a whole, for
/// [`memory::get`](crate::memory::get) in a later call.
///
/// # Panics
/// Where `value` has no JSON form: a map whose keys are not strings, say.
pub fn remember(scope: Scope, key: impl Into<String>, value: &(impl Serialize + ?Sized)) -> Effect {
    Effect::Remember(Memo {
        scope,
        key: key.into(),
        value: Some(json(value)),
    })
}

/// Keeps nothing under `key` any more.
pub fn forget(scope: Scope, key: impl Into<String>) -> Effect {
    Effect::Remember(Memo {
        scope,
        key: key.into(),
        value: None,
    })
}

/// Calls the plugin again for this customer, with [`Event::TimerDue`](crate::Event::TimerDue),
/// not before `at`. The same key replaces the timer.
///
/// # Panics
/// Where `payload` has no JSON form: a map whose keys are not strings, say.
pub fn wake(key: impl Into<String>, at: Instant, payload: &(impl Serialize + ?Sized)) -> Effect {
    Effect::Wake(Timer {
        key: key.into(),
        at,
        payload: json(payload),
    })
}

/// Gives the customer a label.
pub fn tag(tag: impl Into<String>) -> Effect {
    Effect::Tag(tag.into())
}

/// Takes a label from the customer.
pub fn untag(tag: impl Into<String>) -> Effect {
    Effect::Untag(tag.into())
}

/// Proposes another relationship level. The host lowers at once; only the customer or staff raise.
pub fn propose_level(level: Level, because: Because) -> Effect {
    Effect::ProposeLevel((level, because))
}

pub(super) fn json(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).expect("a value with a JSON form")
}
