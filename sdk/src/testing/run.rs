use serde::de::DeserializeOwned;

use super::rules::kind_of;
use crate::log::Severity;
use crate::{Effect, EffectKind, Entry, Failure, Message, Question, Suggestion, Task};

/// The result of one call. Every method except [`refusals`](Self::refusals) and [`failure`](Self::failure)
/// fails the test if the host would refuse the effects or the plugin returned a failure.
#[derive(Debug)]
#[must_use = "a run says nothing until something is asserted of it"]
pub struct Run {
    pub(super) answered: Result<(Vec<Effect>, Option<String>), Failure>,
    pub(super) refusals: Vec<String>,
    /// The log lines in order.
    pub logs: Vec<LogLine>,
}

/// A log line.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    /// The severity.
    pub severity: Severity,
    /// The text.
    pub message: String,
}

impl Run {
    /// Returns all effects in order.
    #[track_caller]
    pub fn effects(&self) -> &[Effect] {
        assert!(
            self.refusals.is_empty(),
            "the host would refuse this: {:#?}",
            self.refusals
        );
        match &self.answered {
            Ok((effects, _)) => effects,
            Err(failure) => panic!(
                "the plugin answered {failure:?}; it logged {:#?}",
                self.logs
            ),
        }
    }

    /// Asserts that there are no effects.
    #[track_caller]
    pub fn no_effects(&self) {
        assert_eq!(self.effects(), [], "it logged {:#?}", self.logs);
    }

    /// Returns true if there is an effect of a kind.
    #[track_caller]
    pub fn has(&self, kind: EffectKind) -> bool {
        self.effects().iter().any(|effect| kind_of(effect) == kind)
    }

    /// Returns the only suggestion.
    #[track_caller]
    pub fn suggestion(&self) -> &Suggestion {
        self.only(EffectKind::Suggest, |effect| match effect {
            Effect::Suggest(it) => Some(it),
            _ => None,
        })
    }

    /// Returns the only question.
    #[track_caller]
    pub fn question(&self) -> &Question {
        self.only(EffectKind::Ask, |effect| match effect {
            Effect::Ask(it) => Some(it),
            _ => None,
        })
    }

    /// Returns the only message.
    #[track_caller]
    pub fn message(&self) -> &Message {
        self.only(EffectKind::Message, |effect| match effect {
            Effect::Message(it) => Some(it),
            _ => None,
        })
    }

    /// Returns the only task.
    #[track_caller]
    pub fn task(&self) -> &Task {
        self.only(EffectKind::Task, |effect| match effect {
            Effect::Task(it) => Some(it),
            _ => None,
        })
    }

    /// Returns the only interaction to record.
    #[track_caller]
    pub fn entry(&self) -> &Entry {
        self.only(EffectKind::Record, |effect| match effect {
            Effect::Record(it) => Some(it),
            _ => None,
        })
    }

    /// Returns the value to store under a key, in either scope.
    #[track_caller]
    pub fn remembered<T: DeserializeOwned>(&self, key: &str) -> T {
        let json = self.effects().iter().rev().find_map(|effect| match effect {
            Effect::Remember(memo) if memo.key == key => memo.value.as_deref(),
            _ => None,
        });
        let json = json.unwrap_or_else(|| panic!("nothing remembered under {key:?}"));
        serde_json::from_str(json).unwrap_or_else(|e| panic!("{key:?} is {json}: {e}"))
    }

    /// Returns the output of an action.
    #[track_caller]
    pub fn output<T: DeserializeOwned>(&self) -> T {
        self.effects();
        let output = self
            .answered
            .as_ref()
            .ok()
            .and_then(|(_, output)| output.as_deref());
        let output = output.expect("only an action answers with an output");
        serde_json::from_str(output).unwrap_or_else(|e| panic!("the output is {output}: {e}"))
    }

    /// Asserts that a log line contains `text`.
    #[track_caller]
    pub fn logged(&self, text: &str) {
        let found = self.logs.iter().any(|line| line.message.contains(text));
        assert!(found, "no line contains {text:?}: {:#?}", self.logs);
    }

    /// Returns the plugin's failure.
    #[track_caller]
    pub fn failure(&self) -> &Failure {
        match &self.answered {
            Ok(answer) => panic!("no failure: {answer:#?}"),
            Err(failure) => failure,
        }
    }

    /// Returns the reasons that the host would refuse the effects. Empty if it would accept them.
    pub fn refusals(&self) -> &[String] {
        &self.refusals
    }

    #[track_caller]
    fn only<'a, T>(&'a self, kind: EffectKind, pick: impl Fn(&'a Effect) -> Option<T>) -> T {
        let mut found: Vec<T> = self.effects().iter().filter_map(pick).collect();
        let effects = self.effects();
        assert!(
            found.len() == 1,
            "not one `{kind}` but {}, in {effects:#?}; it logged {:#?}",
            found.len(),
            self.logs
        );
        found.remove(0)
    }
}
