use std::sync::Arc;

use super::defer;
use super::keyed_queue::Work;
use crate::engine::Engine;
use crate::model::*;
use crate::pipeline::{
    CompletedRun, EffectContext, Hook, Mode, PluginCall, StoredRecords, admit, conclude, perform,
    run_id,
};
use crate::plugin::admission::{Caller, Permit};
use crate::plugin_set::Active;
use crate::snapshot::{AsOf, Snapshot};
use crate::store::{Change, Changeset, Precondition, RetryEntry, StoreError};

/// A handled event, before its changeset is written.
#[derive(Default)]
pub(super) struct Handled {
    /// Everything that the event does. `None` if a deferred event finds no room, and stays as it is.
    pub changeset: Option<Changeset>,
    /// The plugins that the event was deferred for.
    pub deferred: Vec<Arc<Active>>,
}

/// Handles an event up to the changeset that holds everything it does.
pub(super) fn process(engine: &Engine, work: &Work) -> Result<Handled, StoreError> {
    match work {
        Work::Event(event) => handle_event(engine, event),
        Work::Retry(entry) => handle_retry(engine, entry),
    }
}

fn handle_event(engine: &Engine, event: &Event) -> Result<Handled, StoreError> {
    let mut changeset = Changeset::new();
    changeset.expect(Precondition::Pending(event.id));
    changeset.push(Change::Acknowledge(event.id));
    let mut handled = Handled::default();
    let wanting = engine.plugins().wanting(&event.data);
    let now = engine.clock.now();
    if let Some(snapshot) = load(engine, event, &wanting)? {
        let mut runs = Vec::with_capacity(wanting.len());
        for active in &wanting {
            if snapshot.data.blocked.contains(&active.installation.id) {
                // An earlier event of this customer is deferred for this plugin, and must come first.
                changeset.expect(active.unchanged());
                changeset.push(defer::behind(event, active, now));
                continue;
            }
            match admit(engine, active, Caller::Event) {
                Ok(permit) => {
                    let run = call(engine, active, permit, &snapshot, event, 1)?;
                    if let Some(deferred) = defer::failed(engine, event, &run, 0) {
                        changeset.expect(active.unchanged());
                        changeset.push(deferred);
                    }
                    runs.push(run);
                }
                Err(rejection) => {
                    changeset.expect(active.unchanged());
                    changeset.push(defer::until_room(event, active, rejection, now));
                    handled.deferred.push(active.clone());
                }
            }
        }
        finish(engine, event, &snapshot, runs, &mut changeset)?;
    }
    handled.changeset = Some(changeset);
    Ok(handled)
}

fn handle_retry(engine: &Engine, entry: &RetryEntry) -> Result<Handled, StoreError> {
    let event = &entry.event;
    let plugins = engine.plugins();
    let Some(active) = plugins.get(&entry.installation) else {
        return Ok(Handled::default());
    };
    let Ok(permit) = admit(engine, active, Caller::Deferred) else {
        return Ok(Handled::default());
    };
    let mut changeset = Changeset::new();
    changeset.expect(Precondition::RetryEntry {
        event: event.id,
        installation: entry.installation.clone(),
        attempts: entry.attempts,
    });
    let mut done = Change::RemoveDeferred {
        event: event.id,
        installation: entry.installation.clone(),
    };
    if let Some(snapshot) = load(engine, event, std::slice::from_ref(active))? {
        let attempt = entry.attempts + 1;
        let run = call(engine, active, permit, &snapshot, event, attempt)?;
        if let Some(deferred) = defer::failed(engine, event, &run, entry.attempts_before_redrive) {
            done = deferred;
        }
        finish(engine, event, &snapshot, vec![run], &mut changeset)?;
    }
    let waits_on = matches!(done, Change::Defer { dead: false, .. });
    changeset.push(done);
    if !waits_on {
        changeset.push(Change::ReleaseDeferred {
            installation: entry.installation.clone(),
            customer: event.customer,
            at: engine.clock.now(),
        });
    }
    Ok(Handled {
        changeset: Some(changeset),
        deferred: Vec::new(),
    })
}

/// Returns the changeset that moves an event to the dead letter, for every plugin that wants it, because the host
/// cannot handle it.
pub(super) fn give_up(engine: &Engine, work: &Work, fault: Option<&StoreError>) -> Changeset {
    let why = fault.map_or_else(|| "it panicked".to_owned(), ToString::to_string);
    let error = format!(
        "the host failed at it {} times, the last time because: {why}",
        engine.config.max_attempts
    );
    let now = engine.clock.now();
    let mut changeset = Changeset::new();
    match work {
        Work::Event(event) => {
            changeset.expect(Precondition::Pending(event.id));
            changeset.push(Change::Acknowledge(event.id));
            for active in engine.plugins().wanting(&event.data) {
                let id = &active.installation.id;
                changeset.push(defer::dead(event, id, 0, &error, now));
            }
        }
        Work::Retry(entry) => {
            let RetryEntry {
                event,
                installation,
                attempts,
                ..
            } = &**entry;
            changeset.expect(Precondition::RetryEntry {
                event: event.id,
                installation: installation.clone(),
                attempts: *attempts,
            });
            changeset.push(defer::dead(event, installation, *attempts, &error, now));
            changeset.push(Change::ReleaseDeferred {
                installation: installation.clone(),
                customer: event.customer,
                at: now,
            });
        }
    }
    changeset
}

fn call(
    engine: &Engine,
    active: &Arc<Active>,
    permit: Permit,
    snapshot: &Snapshot,
    event: &Event,
    attempt: u32,
) -> Result<CompletedRun, StoreError> {
    let id = &active.installation.id;
    let call = PluginCall {
        active,
        run: run_id(event, id, attempt),
        customer: Some(event.customer),
        started_at: engine.clock.now(),
        attempt,
        view: Arc::new(snapshot.view(active)),
        memories: snapshot.memory(id),
        hook: Hook::Event(event),
    };
    perform(engine, &StoredRecords(engine), &call, Mode::Live(permit))
}

fn load(
    engine: &Engine,
    event: &Event,
    plugins: &[Arc<Active>],
) -> Result<Option<Snapshot>, StoreError> {
    if plugins.is_empty() {
        return Ok(None);
    }
    let moment = AsOf {
        customer: event.customer,
        now: event.time,
        date: match &event.data {
            EventData::ScheduleDue { date, .. } => Some(*date),
            _ => None,
        },
        as_of: Some(event.as_of),
        seed: event.id,
    };
    Snapshot::load(&*engine.store, &engine.config.time_zone, moment, plugins)
}

/// Decides the proposals of all runs together, and adds their effects and the runs themselves.
fn finish(
    engine: &Engine,
    event: &Event,
    snapshot: &Snapshot,
    mut runs: Vec<CompletedRun>,
    changeset: &mut Changeset,
) -> Result<(), StoreError> {
    let context = EffectContext {
        customer: Some(&snapshot.data.customer),
        desk: &snapshot.data.desk,
        now: event.time,
        // Deadlines are checked against the real time, however old the event is.
        decided_at: engine.clock.now(),
        event: Some(event.id),
        depth: event.depth,
    };
    conclude(
        &engine.policy,
        &mut StoredRecords(engine),
        &context,
        |plugin| snapshot.memory(plugin),
        &mut runs,
        changeset,
    )?;
    for run in runs {
        run.record(changeset);
    }
    Ok(())
}
