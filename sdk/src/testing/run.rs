use serde::de::DeserializeOwned;

use super::rules::kind_of;
use crate::log::Severity;
use crate::{Effect, EffectKind, Entry, Failure, Message, Question, Suggestion, Task};

/// What came of one call. Every method but [`refusals`](Self::refusals) and
/// [`failure`](Self::failure) fails the test where the host would have refused the effects, or the
/// plugin answered a failure.
#[derive(Debug)]
#[must_use = "a run says nothing until something is asserted of it"]
pub struct Run {
    pub(super) answered: Result<(Vec<Effect>, Option<String>), Failure>,
    pub(super) refusals: Vec<String>,
    /// What the plugin logged, in order.
    pub logs: Vec<LogLine>,
}

/// One line that a plugin logged.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    /// How much it matters.
    pub severity: Severity,
    /// The line.
    pub message: String,
}

impl Run {
    /// All effects, in order.
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

    /// Nothing is proposed, and nothing remembered.
    #[track_caller]
    pub fn no_effects(&self) {
        assert_eq!(self.effects(), [], "it logged {:#?}", self.logs);
    }

    /// Whether there is an effect of a kind.
    #[track_caller]
    pub fn has(&self, kind: EffectKind) -> bool {
        self.effects().iter().any(|effect| kind_of(effect) == kind)
    }

    /// The one suggestion.
    #[track_caller]
    pub fn suggestion(&self) -> &Suggestion {
        self.only(EffectKind::Suggest, |effect| match effect {
            Effect::Suggest(it) => Some(it),
            _ => None,
        })
    }

    /// The one question.
    #[track_caller]
    pub fn question(&self) -> &Question {
        self.only(EffectKind::Ask, |effect| match effect {
            Effect::Ask(it) => Some(it),
            _ => None,
        })
    }

    /// The one message.
    #[track_caller]
    pub fn message(&self) -> &Message {
        self.only(EffectKind::Message, |effect| match effect {
            Effect::Message(it) => Some(it),
            _ => None,
        })
    }

    /// The one task.
    #[track_caller]
    pub fn task(&self) -> &Task {
        self.only(EffectKind::Task, |effect| match effect {
            Effect::Task(it) => Some(it),
            _ => None,
        })
    }

    /// The one interaction for the customer's history.
    #[track_caller]
    pub fn entry(&self) -> &Entry {
        self.only(EffectKind::Record, |effect| match effect {
            Effect::Record(it) => Some(it),
            _ => None,
        })
    }

    /// What is to be remembered under a key, in either scope.
    #[track_caller]
    pub fn remembered<T: DeserializeOwned>(&self, key: &str) -> T {
        let json = self.effects().iter().rev().find_map(|effect| match effect {
            Effect::Remember(memo) if memo.key == key => memo.value.as_deref(),
            _ => None,
        });
        let json = json.unwrap_or_else(|| panic!("nothing remembered under {key:?}"));
        serde_json::from_str(json).unwrap_or_else(|e| panic!("{key:?} is {json}: {e}"))
    }

    /// What an action answered.
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

    /// Some line contains `text`.
    #[track_caller]
    pub fn logged(&self, text: &str) {
        let found = self.logs.iter().any(|line| line.message.contains(text));
        assert!(found, "no line contains {text:?}: {:#?}", self.logs);
    }

    /// The failure that the plugin answered.
    #[track_caller]
    pub fn failure(&self) -> &Failure {
        match &self.answered {
            Ok(answer) => panic!("no failure: {answer:#?}"),
            Err(failure) => failure,
        }
    }

    /// Why the host would refuse the effects; empty where it would take them.
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
