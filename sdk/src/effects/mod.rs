//! Builders of effects, one kind per file.

mod because;
mod entry;
mod message;
mod question;
mod shared;
mod small;
mod suggestion;
mod task;

pub use small::{forget, propose_level, remember, tag, untag, wake};

use serde::Serialize;

use crate::{Effect, Entry, Failure, Memo, Message, Question, Reply, Suggestion, Task, Timer};

/// The effects of one call, in order. The host takes all of them or none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Effects(Vec<Effect>);

impl Effects {
    /// Returns no effects, the usual result.
    pub fn none() -> Effects {
        Effects::default()
    }

    /// Returns the proposed effects. Without any, logs `why`.
    pub fn some_or(proposed: Option<impl Into<Effects>>, why: &str) -> Effects {
        if proposed.is_none() {
            crate::log::info!("{why}");
        }
        proposed.map_or_else(Effects::none, Into::into)
    }

    /// Returns the proposed effects. Otherwise logs the reason and returns none.
    pub fn ok_or_log(proposed: Result<Effects, String>) -> Effects {
        proposed.unwrap_or_else(|why| {
            crate::log::info!("nothing proposed: {why}");
            Effects::none()
        })
    }

    /// Returns the effects with one more.
    pub fn and(mut self, effect: impl Into<Effect>) -> Effects {
        self.0.push(effect.into());
        self
    }

    /// Adds an effect.
    pub fn push(&mut self, effect: impl Into<Effect>) {
        self.0.push(effect.into());
    }
}

impl<E: Into<Effect>> From<E> for Effects {
    fn from(effect: E) -> Effects {
        Effects::none().and(effect)
    }
}

impl From<Effects> for Vec<Effect> {
    fn from(effects: Effects) -> Vec<Effect> {
        effects.0
    }
}

impl<E: Into<Effect>> FromIterator<E> for Effects {
    fn from_iter<I: IntoIterator<Item = E>>(effects: I) -> Effects {
        Effects(effects.into_iter().map(Into::into).collect())
    }
}

impl<E: Into<Effect>> Extend<E> for Effects {
    fn extend<I: IntoIterator<Item = E>>(&mut self, effects: I) {
        self.0.extend(effects.into_iter().map(Into::into));
    }
}

impl IntoIterator for Effects {
    type Item = Effect;
    type IntoIter = std::vec::IntoIter<Effect>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Reply {
    /// Creates the reply to an action, without effects.
    ///
    /// # Errors
    /// A permanent failure if `output` has no JSON form, such as a map whose keys are not strings.
    pub fn new(output: &impl Serialize) -> Result<Reply, Failure> {
        let output = serde_json::to_string(output)
            .map_err(|e| Failure::permanent(format!("output: {e}")))?;
        Ok(Reply {
            output,
            effects: Vec::new(),
        })
    }

    /// Returns the reply with one more effect.
    pub fn and(mut self, effect: impl Into<Effect>) -> Reply {
        self.effects.push(effect.into());
        self
    }
}

macro_rules! effect_from {
    ($($kind:ident($record:ident),)+) => {$(
        impl From<$record> for Effect {
            fn from(it: $record) -> Effect {
                Effect::$kind(it)
            }
        }
    )+};
}

effect_from! {
    Suggest(Suggestion),
    Ask(Question),
    Message(Message),
    Task(Task),
    Remember(Memo),
    Wake(Timer),
    Record(Entry),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scope, remember, tag};

    #[test]
    fn nothing_proposed_is_no_effects() {
        assert_eq!(Effects::some_or(Some(tag("a")), "why"), tag("a").into());
        let memo = remember(Scope::Customer, "a", &1);
        assert_eq!(Effects::ok_or_log(Ok(memo.clone().into())), memo.into());
    }
}
