//! Bytes as a component: loaded, asked who it is, and called.

use regulars::model::{Component, FailureKind};
use regulars::runtime::{Call, Plugin};

use super::guest::{event, runtime, slice};
use super::shown::refusal;

pub fn check(bytes: &[u8]) {
    let component = Component::new(bytes.to_vec());
    let plugin = match runtime().load(&component) {
        Ok(plugin) => plugin,
        Err(error) => return refusal(&error.to_string()),
    };
    assert!(plugin.has_events() || plugin.has_actions());
    let described = runtime().describe(&plugin);
    assert_eq!(described, runtime().describe(&plugin), "told differently");
    match described {
        Ok(text) => super::manifest::text(&text),
        Err(error) => refusal(&error.to_string()),
    }
    if plugin.has_events() {
        called(&plugin, || {
            let slice = slice("key", "value");
            runtime().handle(&plugin, &slice, &event())
        });
    }
    if plugin.has_actions() {
        called(&plugin, || {
            let slice = slice("key", "value");
            runtime().act(&plugin, &slice, "do", &serde_json::json!({}))
        });
    }
}

/// A call ends within its budget, gives a reason where it fails, and does the same again.
fn called<T: PartialEq + std::fmt::Debug>(plugin: &Plugin, call: impl Fn() -> Call<T>) {
    let first = call();
    assert!(first.fuel <= runtime().config().fuel);
    assert!(first.peak_memory <= runtime().config().max_memory as u64);
    if let Err(failure) = &first.result {
        refusal(&failure.detail);
        assert_ne!(failure.kind, FailureKind::Host, "{}", failure.detail);
    }
    let again = call();
    assert_eq!(first.result, again.result, "{plugin:?}");
    assert_eq!(first.fuel, again.fuel, "{plugin:?}");
    assert_eq!(first.logs, again.logs, "{plugin:?}");
}
