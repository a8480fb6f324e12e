use serde::de::DeserializeOwned;

use crate::{Context, Effects, Event, Failure, Manifest, Reply};

/// A plugin: its manifest and its hooks. A hook that is not implemented proposes nothing.
///
/// Every call gets a fresh instance, so a `static` does not outlive it. Use [`memory`](crate::memory) and
/// [`remember`](crate::remember) for data that must last.
pub trait Plugin {
    /// Returns the manifest. Called once, at installation, without imports: the result must be constant.
    fn manifest() -> Manifest;

    /// Handles an event that the manifest subscribes to or schedules.
    ///
    /// # Errors
    /// [`Failure::Retry`] to be called again later, [`Failure::Permanent`] to give up this event.
    fn handle(cx: &Context, event: Event) -> Result<Effects, Failure> {
        let _ = (cx, event);
        Ok(Effects::none())
    }

    /// Answers a call of one of the manifest's actions.
    ///
    /// # Errors
    /// As for [`handle`](Self::handle). The caller is told.
    fn act(cx: &Context, action: &str, input: Input) -> Result<Reply, Failure> {
        let _ = (cx, input);
        Err(Failure::no_such_action(action))
    }
}

/// The input of an action: JSON that the host validated against the declared schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Input(String);

impl Input {
    /// Wraps a JSON document.
    pub fn new(json: impl Into<String>) -> Input {
        Input(json.into())
    }

    /// Parses the input as the type that the action declared.
    ///
    /// # Errors
    /// A permanent failure if the type and the declared schema differ.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.0).map_err(|e| Failure::permanent(format!("input: {e}")))
    }

    /// Parses the input for a plugin whose only action is `only`.
    ///
    /// # Errors
    /// As for [`read`](Self::read), and for another action.
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
    fn reads_only_declared_action() {
        let input = Input::new("7");
        assert_eq!(input.read_for("count", "count"), Ok(7));
        assert_eq!(
            input.read_for::<u32>("sum", "count"),
            Err(Failure::no_such_action("sum"))
        );
        assert!(input.read_for::<String>("count", "count").is_err());
    }
}
