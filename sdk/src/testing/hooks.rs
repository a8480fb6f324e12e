//! The calls of a scene, one method for each trigger.

use serde_json::Value;

use super::world::{self, World};
use super::{Past, Run, Scene, grant, past, rules};
use crate::{
    Answered, Closed, Context, Due, Effect, Event, Failure, Input, Plugin, Question, Task,
};

impl<P: Plugin> Scene<P> {
    /// Records an interaction, and calls the plugin with the event.
    ///
    /// # Panics
    /// If the manifest does not subscribe to interactions of the kind.
    #[track_caller]
    pub fn interaction_recorded(&mut self, past: Past) -> Run {
        let id = self.add(past);
        let recorded = self.history.iter().find(|it| it.id == id);
        let recorded = recorded.expect("it was just added").clone();
        self.expect_subscription("interaction.recorded", Some(&recorded.kind));
        self.event(Event::InteractionRecorded(recorded))
    }

    /// Calls a schedule of the manifest for this customer, whether or not they belong to its audience.
    ///
    /// # Panics
    /// If the manifest has no such schedule.
    #[track_caller]
    pub fn schedule(&mut self, id: &str) -> Run {
        let known = self.manifest.schedules.iter().any(|it| it.id == id);
        assert!(known, "the manifest has no schedule {id:?}");
        self.event(Event::ScheduleDue(id.to_owned()))
    }

    /// Calls a timer that an [applied](Self::apply) run set, and moves now to its time.
    ///
    /// # Panics
    /// If there is no such timer.
    #[track_caller]
    pub fn timer(&mut self, key: &str) -> Run {
        let timer = self.timers.remove(key);
        let (at, payload) = timer.unwrap_or_else(|| panic!("no timer {key:?} was set"));
        self.now = self.now.max(at);
        self.event(Event::TimerDue(Due {
            id: key.to_owned(),
            payload,
        }))
    }

    /// Closes a task of the plugin as Bo, with an outcome such as `done`, and a note, which may be empty.
    ///
    /// # Panics
    /// If the manifest does not subscribe to `task.closed`.
    #[track_caller]
    pub fn task_closed(&mut self, task: &Task, outcome: &str, note: &str) -> Run {
        self.expect_subscription("task.closed", None);
        self.event(Event::TaskClosed(Closed {
            task: "task-1".to_owned(),
            title: task.title.clone(),
            group_key: task.group_key.clone(),
            outcome: outcome.to_owned(),
            note: Some(note.to_owned()).filter(|note| !note.is_empty()),
            closed_by: Some("Bo".to_owned()),
            evidence: task.because.evidence.clone(),
        }))
    }

    /// Answers a question of the plugin as Bo.
    ///
    /// # Panics
    /// If the manifest does not subscribe to `question.answered`.
    #[track_caller]
    pub fn question_answered(&mut self, question: &Question, answer: &str) -> Run {
        self.expect_subscription("question.answered", None);
        let interaction = self.add(past("note").channel("desk").body(answer));
        self.event(Event::QuestionAnswered(Answered {
            id: question.id.clone(),
            answer: answer.to_owned(),
            answered_by: Some("Bo".to_owned()),
            interaction,
        }))
    }

    /// Calls the plugin with any event, subscribed to or not.
    pub fn event(&mut self, event: Event) -> Run {
        self.call(|cx| Ok((P::handle(cx, event)?.into(), None)))
    }

    /// Calls an action, about this customer if it is about one.
    ///
    /// # Panics
    /// If the manifest does not declare the action.
    #[track_caller]
    pub fn act(&mut self, action: &str, input: Value) -> Run {
        let declared = self.manifest.actions.iter().find(|it| it.id == action);
        let declared = declared.unwrap_or_else(|| panic!("the manifest has no action {action:?}"));
        let about_customer = declared.customer;
        self.call(|cx| {
            let mut cx = cx.clone();
            if !about_customer {
                cx.customer = None;
            }
            let reply = P::act(&cx, action, Input::new(input.to_string()))?;
            Ok((reply.effects, Some(reply.output)))
        })
    }

    fn call(
        &mut self,
        hook: impl FnOnce(&Context) -> Result<(Vec<Effect>, Option<String>), Failure>,
    ) -> Run {
        let cx = self.context();
        let world = World {
            history: grant::history(&self.manifest, &self.history, self.now),
            memory: self.memory.clone(),
            granted: grant::granted(&self.manifest),
            logs: Vec::new(),
        };
        let (answered, logs) = world::within(world, || hook(&cx));
        let effects = answered.iter().flat_map(|(effects, _)| effects);
        let refusals = effects
            .filter_map(|effect| rules::refusal(&self.manifest, &self.history, effect))
            .collect();
        Run {
            answered,
            refusals,
            logs,
        }
    }

    #[track_caller]
    fn expect_subscription(&self, event: &str, kind: Option<&str>) {
        let mut subscriptions = self.manifest.subscribes.iter();
        let subscribed = subscriptions.any(|it| {
            let wanted = kind.is_none_or(|kind| it.kinds.iter().any(|wanted| wanted == kind));
            it.event == event && (it.kinds.is_empty() || wanted)
        });
        let of_kind = kind.map(|kind| format!(" of {kind:?}")).unwrap_or_default();
        assert!(
            subscribed,
            "the manifest does not subscribe to `{event}`{of_kind}: `Scene::add` only adds to the past"
        );
    }
}
