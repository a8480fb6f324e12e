use std::collections::HashSet;
use std::sync::Arc;

use super::completed_run::CompletedRun;
use super::low_priority::on_low_priority_thread;
use super::records::Records;
use super::transcript::keep_transcript;
use super::validate::validate_with;
use crate::engine::Engine;
use crate::model::*;
use crate::plugin::admission::{Caller, Permit, Rejection};
use crate::plugin_set::Active;
use crate::runtime::{Call, PluginView};
use crate::store::{Memory, StoreError};

/// The failure of a call to a plugin that does not load. Admission rejects such calls before.
const BROKEN: &str = "the plugin does not load here";

/// One call of one plugin.
pub(crate) struct PluginCall<'a> {
    pub active: &'a Arc<Active>,
    pub run: RunId,
    /// `None` for an action about no customer.
    pub customer: Option<CustomerId>,
    pub started_at: Timestamp,
    /// Counts from 1.
    pub attempt: u32,
    /// The data that the plugin sees.
    pub view: Arc<PluginView>,
    /// The plugin's memory of the customer and its own, as in `view`.
    pub memories: (Memory, Memory),
    pub hook: Hook<'a>,
}

/// The plugin's function that is called.
#[derive(Clone, Copy)]
pub(crate) enum Hook<'a> {
    Event(&'a Event),
    Action { action: &'a str, input: &'a Json },
}

/// The way a call is made.
pub(crate) enum Mode {
    /// The call was admitted; its costs and its result count.
    Live(Permit),
    /// The call has ten times the time limit, so that its result does not depend on the machine's load. It leaves
    /// no trace.
    Rehearsal,
}

/// Admits a call of a plugin, or returns the reason why it has to wait.
pub(crate) fn admit(engine: &Engine, active: &Active, caller: Caller) -> Result<Permit, Rejection> {
    active
        .admission
        .acquire(caller, &active.installation, engine.clock.now())
}

/// Frees the slot of a call, and wakes the ticker if deferred events wait for it.
fn leave(engine: &Engine, permit: Permit) {
    let wakes = permit.wakes_ticker();
    drop(permit);
    if wakes {
        engine.alarm.ring();
    }
}

/// Calls a plugin, and refuses the run as a whole if one of its effects is not allowed.
pub(crate) fn perform(
    engine: &Engine,
    records: &impl Records,
    call: &PluginCall<'_>,
    mode: Mode,
) -> Result<CompletedRun, StoreError> {
    let live = matches!(mode, Mode::Live(_));
    let low_priority = live && call.gives_way();
    let mut run = match call.hook {
        Hook::Event(event) => {
            let made = call_event(engine, call, event, live, low_priority);
            CompletedRun::new(call, made, None)
        }
        Hook::Action { action, input } => {
            let (made, output) = call_action(engine, call, action, input);
            CompletedRun::new(call, made, Some(output))
        }
    };
    run.low_priority = low_priority;
    let mut permit = match mode {
        Mode::Live(permit) => Some(permit),
        Mode::Rehearsal => None,
    };
    if let Some(permit) = &mut permit {
        permit.used(run.fuel);
    }
    check_output(call, &mut run);
    validate_with(
        records,
        &mut run,
        &call.citable(),
        &call.memories,
        call.view.now,
    )?;
    if let Some(permit) = permit {
        permit.completed(run.fault(), engine.config.quarantine_after);
        leave(engine, permit);
        keep_transcript(engine, &mut run, call);
        engine.metrics.run_completed(
            &run.active.installation.id,
            run.failure.as_ref().map(|(kind, _)| *kind),
            run.micros,
            run.fuel,
        );
    }
    Ok(run)
}

fn call_event(
    engine: &Engine,
    call: &PluginCall<'_>,
    event: &Event,
    live: bool,
    low_priority: bool,
) -> Call<Vec<Effect>> {
    let Some(plugin) = call.active.plugin() else {
        return Call::not_made(BROKEN);
    };
    let runtime = &engine.runtime;
    if low_priority {
        on_low_priority_thread(|| runtime.handle_low_priority(plugin, &call.view, event))
    } else if live {
        runtime.handle(plugin, &call.view, event)
    } else {
        runtime.handle_low_priority(plugin, &call.view, event)
    }
}

fn call_action(
    engine: &Engine,
    call: &PluginCall<'_>,
    action: &str,
    input: &Json,
) -> (Call<Vec<Effect>>, Json) {
    let made = match call.active.plugin() {
        Some(plugin) => engine.runtime.act(plugin, &call.view, action, input),
        None => Call::not_made(BROKEN),
    };
    let (output, result) = match made.result {
        Ok((output, effects)) => (output, Ok(effects)),
        Err(failure) => (Json::Null, Err(failure)),
    };
    let made = Call {
        result,
        fuel: made.fuel,
        micros: made.micros,
        peak_memory: made.peak_memory,
        logs: made.logs,
        read_plugin_memory: made.read_plugin_memory,
    };
    (made, output)
}

/// Fails an action whose output does not fit the schema that the plugin declared.
fn check_output(call: &PluginCall<'_>, run: &mut CompletedRun) {
    let (Hook::Action { action, .. }, Some(output)) = (call.hook, &run.output) else {
        return;
    };
    let Some((_, schema)) = call.active.actions.get(action) else {
        return;
    };
    if run.failure.is_none()
        && let Err(errors) = schema.check(output)
        && let Some(first) = errors.into_iter().next()
    {
        run.returned = Some(std::mem::take(&mut run.effects));
        run.failure = Some((
            FailureKind::BadOutput,
            format!("its output does not fit its own schema: {first}"),
        ));
    }
}

impl PluginCall<'_> {
    /// Returns true for an event of a plugin with long runs. The caller of an action waits for it.
    fn gives_way(&self) -> bool {
        matches!(self.hook, Hook::Event(_)) && self.active.admission.is_slow()
    }

    /// Returns the interactions that are the customer's for certain: those that the call showed.
    fn citable(&self) -> HashSet<InteractionId> {
        let mut citable: HashSet<InteractionId> =
            self.view.history.iter().map(|entry| entry.id).collect();
        if let Hook::Event(event) = self.hook
            && let EventData::InteractionRecorded { interaction } = &event.data
        {
            citable.insert(interaction.id);
        }
        citable
    }

    pub(super) fn trigger(&self) -> Trigger {
        match self.hook {
            Hook::Event(event) => Trigger::from(event),
            Hook::Action { action, .. } => Trigger::Action {
                action: action.to_owned(),
            },
        }
    }
}

/// Returns the id of a run, which is the same for the same attempt of the same plugin at the same event.
pub(crate) fn run_id(event: &Event, plugin: &InstallationId, attempt: u32) -> RunId {
    RunId(crate::ids::derived_at(
        event.time,
        &[
            b"run",
            event.id.0.as_bytes(),
            plugin.as_str().as_bytes(),
            &attempt.to_le_bytes(),
        ],
    ))
}
