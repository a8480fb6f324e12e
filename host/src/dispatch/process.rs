use std::sync::Arc;

use jiff::SignedDuration;

use super::lanes::Work;
use super::run::{decide, run};
use super::{Origin, Outcome, Ran, route, write};
use crate::host::Core;
use crate::model::*;
use crate::plugin::Active;
use crate::policy::PolicyView;
use crate::snapshot::{Moment, Snapshot};
use crate::store::{Change, Changeset, Expect, Parked, StoreError};

/// Handles an event up to the changeset that holds everything it does.
pub(super) fn process(core: &Arc<Core>, work: &Work) -> Result<Changeset, StoreError> {
    match work {
        Work::Event(event) => first_time(core, event),
        Work::Retry(parked) => again(core, parked),
    }
}

fn first_time(core: &Arc<Core>, event: &Event) -> Result<Changeset, StoreError> {
    let mut changeset = Changeset::new();
    changeset.expect(Expect::Pending(event.id));
    changeset.push(Change::Acknowledge(event.id));
    let plugins = core.plugins();
    let wanted = route::route(&plugins, &event.data);
    let Some(snapshot) = load(core, event, &wanted)? else {
        return Ok(changeset);
    };
    let mut runs = Vec::with_capacity(wanted.len());
    for active in &wanted {
        if snapshot.data.blocked.contains(&active.installation.id) {
            // An earlier event of this customer waits for this plugin: order holds.
            changeset.push(park(
                event,
                active,
                0,
                None,
                "waits behind an earlier event",
            ));
            continue;
        }
        let ran = run(core, active, &snapshot, event, 1)?;
        if let Some((kind, detail)) = &ran.failure
            && kind.retryable()
        {
            changeset.push(park_failed(core, event, active, 1, detail));
        }
        runs.push(ran);
    }
    finish(core, event, &snapshot, runs, &mut changeset);
    Ok(changeset)
}

fn again(core: &Arc<Core>, parked: &Parked) -> Result<Changeset, StoreError> {
    let event = &parked.event;
    let mut changeset = Changeset::new();
    changeset.expect(Expect::Parked {
        event: event.id,
        installation: parked.installation.clone(),
        attempts: parked.attempts,
    });
    let plugins = core.plugins();
    let active = plugins
        .get(&parked.installation)
        .filter(|active| active.enabled())
        .cloned();
    let wanted: Vec<Arc<Active>> = active.into_iter().collect();
    let Some(active) = wanted.first() else {
        // Switched off: it waits until the plugin is on again.
        let later = core.clock.now() + SignedDuration::from_hours(1);
        changeset.push(Change::Park {
            event: event.id,
            customer: event.customer,
            installation: parked.installation.clone(),
            attempts: parked.attempts,
            due_at: Some(later),
            dead: false,
            error: "the plugin is switched off: it is tried again when it is on".to_owned(),
        });
        return Ok(changeset);
    };
    let mut done = Change::Unpark {
        event: event.id,
        installation: parked.installation.clone(),
    };
    if let Some(snapshot) = load(core, event, &wanted)? {
        let attempt = parked.attempts + 1;
        let ran = run(core, active, &snapshot, event, attempt)?;
        if let Some((kind, detail)) = &ran.failure
            && kind.retryable()
        {
            done = park_failed(core, event, active, attempt, detail);
        }
        finish(core, event, &snapshot, vec![ran], &mut changeset);
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
    Ok(changeset)
}

fn load(
    core: &Core,
    event: &Event,
    plugins: &[Arc<Active>],
) -> Result<Option<Snapshot>, StoreError> {
    if plugins.is_empty() {
        return Ok(None);
    }
    let moment = Moment {
        customer: event.customer,
        now: event.time,
        date: match &event.data {
            EventData::ScheduleDue { date, .. } => Some(*date),
            _ => None,
        },
        as_of: Some(event.as_of),
        seed: event.id,
    };
    Snapshot::load(&*core.store, &core.config.time_zone, moment, plugins)
}

/// Decides the proposals of all runs together and adds what they do, and the runs themselves.
fn finish(
    core: &Arc<Core>,
    event: &Event,
    snapshot: &Snapshot,
    mut runs: Vec<Ran>,
    changeset: &mut Changeset,
) {
    let view = PolicyView {
        level: snapshot.data.customer.level,
        desk: &snapshot.data.desk,
        depth: event.depth,
    };
    // Whether it is too late is a question of the real time, whenever the event was.
    decide(core, core.clock.now(), &view, &mut runs);
    let plugins = core.plugins();
    let origin = Origin {
        now: event.time,
        event: Some(event.id),
        depth: event.depth,
        plugins: &plugins,
    };
    for mut ran in runs {
        let basis = Outcome::of(snapshot, &ran.active.installation.id);
        write(changeset, &origin, &basis, &mut ran);
        changeset.push(Change::RecordRun(ran.into_run()));
    }
}

/// To be tried again after a while that grows fourfold, or for the dead letter.
fn park_failed(core: &Core, event: &Event, active: &Active, attempts: u32, error: &str) -> Change {
    if attempts >= core.config.max_attempts {
        let mut park = park(event, active, attempts, None, error);
        if let Change::Park { dead, .. } = &mut park {
            *dead = true;
        }
        return park;
    }
    let factor = 4_i32.saturating_pow(attempts.saturating_sub(1));
    let pause = SignedDuration::try_from(core.config.retry_after).unwrap_or(SignedDuration::ZERO);
    let due = core
        .clock
        .now()
        .checked_add(pause.saturating_mul(factor))
        .unwrap_or(Timestamp::MAX);
    park(event, active, attempts, Some(due), error)
}

fn park(
    event: &Event,
    active: &Active,
    attempts: u32,
    due_at: Option<Timestamp>,
    error: &str,
) -> Change {
    Change::Park {
        event: event.id,
        customer: event.customer,
        installation: active.installation.id.clone(),
        attempts,
        due_at,
        dead: false,
        error: error.to_owned(),
    }
}
