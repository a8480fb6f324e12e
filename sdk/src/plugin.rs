use serde::de::DeserializeOwned;

use crate::{Context, Effects, Event, Failure, Manifest, Reply};

/// A plugin: what it says of itself, and the hooks that it has. A hook that is left out proposes
/// nothing.
///
/// Every call is a fresh instance: what a `static` holds is gone afterwards. Use
/// [`memory`](crate::memory) and [`remember`](crate::remember) for what has to last.
pub trait Plugin {
    /// Introduces the plugin. Called once, at install, where nothing can be asked of the host: the
    /// answer depends on nothing.
    fn manifest() -> Manifest;

    /// Something that the manifest subscribes to, or schedules, happened to a customer.
    ///
    /// # Errors
    /// [`Failure::Retry`] to be called again later, [`Failure::Permanent`] to give this event up.
    fn handle(cx: &Context, event: Event) -> Result<Effects, Failure> {
        let _ = (cx, event);
        Ok(Effects::none())
    }

    /// Someone asks for one of the actions that the manifest declares.
    ///
    /// # Errors
    /// As for [`handle`](Self::handle); the one who asked is told.
    fn act(cx: &Context, action: &str, input: Input) -> Result<Reply, Failure> {
        let _ = (cx, input);
        Err(Failure::no_such_action(action))
    }
}

/// What an action was called with: JSON that the host found valid against the declared schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Input(String);

impl Input {
    /// Wraps a JSON document.
    pub fn new(json: impl Into<String>) -> Input {
        Input(json.into())
    }

    /// Reads it as the type that the action declared.
    ///
    /// # Errors
    /// A permanent failure where it is not one: the type and the declared schema differ.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.0).map_err(|e| Failure::permanent(format!("input: {e}")))
    }

    /// Reads it for a plugin whose only action is `only`.
    ///
    /// # Errors
    /// As for [`read`](Self::read), and where another action is called.
    pub fn read_for<T: DeserializeOwned>(&self, action: &str, only: &str) -> Result<T, Failure> {
        if action != only {
            return Err(Failure::no_such_action(action));
        }
        self.read()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_declared_action_is_read() {
        let input = Input::new("7");
        assert_eq!(input.read_for("count", "count"), Ok(7));
        assert_eq!(
            input.read_for::<u32>("sum", "count"),
            Err(Failure::no_such_action("sum"))
        );
        assert!(input.read_for::<String>("count", "count").is_err());
    }
}
