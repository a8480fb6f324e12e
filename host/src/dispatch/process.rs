use std::sync::Arc;

use super::lanes::Work;
use super::run::run;
use super::{About, Caller, Origin, Outcome, Permit, Ran, Wait, decide, park, route, write};
use crate::host::Core;
use crate::model::*;
use crate::plugin::Active;
use crate::snapshot::{AsOf, Snapshot};
use crate::store::{Change, Changeset, Expect, Parked, StoreError};

/// What handling an event came to, before it is written.
#[derive(Default)]
pub(super) struct Handled {
    /// Everything it does. None where there is no room yet for what waited: it waits on as it is.
    pub changeset: Option<Changeset>,
    /// Plugins for which the event waits now.
    pub parked: Vec<Arc<Active>>,
}

/// Handles an event up to the changeset that holds everything it does.
pub(super) fn process(core: &Arc<Core>, work: &Work) -> Result<Handled, StoreError> {
    match work {
        Work::Event(event) => first_time(core, event),
        Work::Retry(parked) => again(core, parked),
    }
}

fn first_time(core: &Arc<Core>, event: &Event) -> Result<Handled, StoreError> {
    let mut changeset = Changeset::new();
    changeset.expect(Expect::Pending(event.id));
    changeset.push(Change::Acknowledge(event.id));
    let mut handled = Handled::default();
    let plugins = core.plugins();
    let wanted = route::route(&plugins, &event.data);
    let now = core.clock.now();
    if let Some(snapshot) = load(core, event, &wanted)? {
        let mut runs = Vec::with_capacity(wanted.len());
        for active in &wanted {
            if snapshot.data.blocked.contains(&active.installation.id) {
                // An earlier event of this customer waits for this plugin: order holds.
                changeset.expect(active.unchanged());
                changeset.push(park::behind(event, active, now));
                continue;
            }
            match core.admit(active, Caller::Event) {
                Ok(permit) => {
                    let ran = call(core, active, permit, &snapshot, event, 1)?;
                    if let Some(park) = park::failed(core, event, &ran, 0) {
                        changeset.expect(active.unchanged());
                        changeset.push(park);
                    }
                    runs.push(ran);
                }
                Err(wait) => {
                    changeset.expect(active.unchanged());
                    changeset.push(park::until_room(event, active, wait, now));
                    handled.parked.push(active.clone());
                }
            }
        }
        finish(core, event, &snapshot, runs, &mut changeset)?;
    }
    handled.changeset = Some(changeset);
    Ok(handled)
}

fn again(core: &Arc<Core>, parked: &Parked) -> Result<Handled, StoreError> {
    let event = &parked.event;
    let plugins = core.plugins();
    let Some(active) = plugins.get(&parked.installation) else {
        return Ok(Handled::default());
    };
    let Ok(permit) = core.admit(active, Caller::Waiting) else {
        return Ok(Handled::default());
    };
    let mut changeset = Changeset::new();
    changeset.expect(Expect::Parked {
        event: event.id,
        installation: parked.installation.clone(),
        attempts: parked.attempts,
    });
    let mut done = Change::Unpark {
        event: event.id,
        installation: parked.installation.clone(),
    };
    if let Some(snapshot) = load(core, event, std::slice::from_ref(active))? {
        let attempt = parked.attempts + 1;
        let ran = call(core, active, permit, &snapshot, event, attempt)?;
        if let Some(park) = park::failed(core, event, &ran, parked.spent) {
            done = park;
        }
        finish(core, event, &snapshot, vec![ran], &mut changeset)?;
    }
    let waits_on = matches!(done, Change::Park { dead: false, .. });
    changeset.push(done);
    if !waits_on {
        changeset.push(Change::ReleaseParked {
            installation: parked.installation.clone(),
            customer: event.customer,
            at: core.clock.now(),
        });
    }
    Ok(Handled {
        changeset: Some(changeset),
        parked: Vec::new(),
    })
}

/// What is done with an event that the host cannot handle: it is dead for everyone who wanted it.
pub(super) fn give_up(core: &Core, work: &Work, fault: Option<&StoreError>) -> Changeset {
    let why = fault.map_or_else(|| "it panicked".to_owned(), ToString::to_string);
    let error = format!(
        "the host failed at it {} times, the last time because: {why}",
        core.config.max_attempts
    );
    let now = core.clock.now();
    let mut changeset = Changeset::new();
    match work {
        Work::Event(event) => {
            changeset.expect(Expect::Pending(event.id));
            changeset.push(Change::Acknowledge(event.id));
            for active in route::route(&core.plugins(), &event.data) {
                let id = &active.installation.id;
                changeset.push(park::dead(event, id, 0, &error, now));
            }
        }
        Work::Retry(parked) => {
            let Parked {
                event,
                installation,
                attempts,
                ..
            } = &**parked;
            changeset.expect(Expect::Parked {
                event: event.id,
                installation: installation.clone(),
                attempts: *attempts,
            });
            changeset.push(park::dead(event, installation, *attempts, &error, now));
            changeset.push(Change::ReleaseParked {
                installation: installation.clone(),
                customer: event.customer,
                at: now,
            });
        }
    }
    changeset
}

/// Calls a plugin that was let in, and keeps account of it.
fn call(
    core: &Core,
    active: &Arc<Active>,
    mut permit: Permit,
    snapshot: &Snapshot,
    event: &Event,
    attempt: u32,
) -> Result<Ran, StoreError> {
    let ran = run(core, active, snapshot, event, attempt)?;
    permit.used(ran.fuel);
    permit.came_to(ran.fault(), core.config.quarantine_after);
    core.leave(permit);
    Ok(ran)
}

impl Core {
    /// Lets a call of a plugin in, or says why it has to wait.
    pub fn admit(&self, active: &Active, caller: Caller) -> Result<Permit, Wait> {
        active
            .gate
            .admit(caller, &active.installation, self.clock.now())
    }

    /// A call that was let in is over.
    pub fn leave(&self, permit: Permit) {
        let tell = permit.tells();
        drop(permit);
        if tell {
            self.dispatcher.wake();
        }
    }
}

fn load(
    core: &Core,
    event: &Event,
    plugins: &[Arc<Active>],
) -> Result<Option<Snapshot>, StoreError> {
    if plugins.is_empty() {
        return Ok(None);
    }
    let at = AsOf {
        customer: event.customer,
        now: event.time,
        date: match &event.data {
            EventData::ScheduleDue { date, .. } => Some(*date),
            _ => None,
        },
        as_of: Some(event.as_of),
        seed: event.id,
    };
    Snapshot::load(&*core.store, &core.config.time_zone, at, plugins)
}

/// Decides the proposals of all runs together and adds what they do, and the runs themselves.
fn finish(
    core: &Arc<Core>,
    event: &Event,
    snapshot: &Snapshot,
    mut runs: Vec<Ran>,
    changeset: &mut Changeset,
) -> Result<(), StoreError> {
    let about = About {
        customer: Some(&snapshot.data.customer),
        desk: &snapshot.data.desk,
        depth: event.depth,
    };
    // Whether it is too late is a question of the real time, whenever the event was.
    let decided_at = core.clock.now();
    decide(core, decided_at, &about, &mut runs, changeset)?;
    let plugins = core.plugins();
    let origin = Origin {
        now: event.time,
        decided_at,
        event: Some(event.id),
        depth: event.depth,
        plugins: &plugins,
    };
    for mut ran in runs {
        core.metrics.ran(&ran);
        let basis = Outcome::of(snapshot, &ran.active.installation.id);
        write(changeset, &origin, &basis, &mut ran);
        ran.record(changeset);
    }
    Ok(())
}
