//! Fan-out of schedules to their audience. One transaction holds a page of events and the new cursor, so that a restart
//! neither skips nor repeats a customer.

use std::sync::Arc;

use regulars_manifest::Schedule;

use crate::engine::{
    Engine, MAX_LATE, append_event, next_occurrence, schedule_event_id, time_zones,
};
use crate::error::Error;
use crate::model::*;
use crate::plugin_set::Active;
use crate::store::{AudienceQuery, Change, Changeset, Precondition, ScheduleState, StoreError};

/// The maximum number of customers per transaction.
const PAGE: u32 = 1000;

/// Fires every due schedule. Returns the number of pages that were fanned out.
pub(super) fn fire(engine: &Arc<Engine>) -> Result<usize, Error> {
    let plugins = engine.plugins();
    if plugins
        .listening()
        .all(|active| active.installation.manifest.schedules.is_empty())
    {
        return Ok(0);
    }
    let states = engine.store.schedules()?;
    let zones = time_zones(&*engine.store)?;
    let mut fired = 0;
    for active in plugins.listening() {
        for schedule in &active.installation.manifest.schedules {
            if !active
                .installation
                .grants
                .allows_audience(&schedule.audience)
            {
                continue;
            }
            for zone in &zones {
                let id = &active.installation.id;
                let state = states.iter().find(|state| {
                    state.installation == *id
                        && state.schedule == schedule.id
                        && state.time_zone == *zone
                });
                fired += match state {
                    // The zone is new since the installation: it came with a customer.
                    None => begin(engine, active, schedule, zone.as_deref())?,
                    Some(state) => fan_out(engine, active, schedule, state.clone())?,
                };
            }
        }
    }
    Ok(fired)
}

fn begin(
    engine: &Arc<Engine>,
    active: &Active,
    schedule: &Schedule,
    zone: Option<&str>,
) -> Result<usize, Error> {
    let id = &active.installation.id;
    let Some(state) = next_occurrence(engine, id, schedule, zone, engine.clock.now()) else {
        return Ok(0);
    };
    let mut changeset = Changeset::new();
    changeset.expect(active.unchanged());
    changeset.expect(Precondition::Schedule {
        installation: id.clone(),
        schedule: schedule.id.clone(),
        time_zone: zone.map(str::to_owned),
        state: None,
    });
    changeset.push(Change::PutSchedule(state));
    match engine.commit(changeset) {
        Ok(_) | Err(Error::Store(StoreError::Conflict(_))) => Ok(0),
        Err(error) => Err(error),
    }
}

fn fan_out(
    engine: &Arc<Engine>,
    active: &Active,
    schedule: &Schedule,
    mut state: ScheduleState,
) -> Result<usize, Error> {
    let mut pages = 0;
    while state.due_at <= engine.clock.now() && !engine.is_stopping() {
        let now = engine.clock.now();
        let mut changeset = Changeset::new();
        changeset.expect(active.unchanged());
        changeset.expect(Precondition::Schedule {
            installation: state.installation.clone(),
            schedule: state.schedule.clone(),
            time_zone: state.time_zone.clone(),
            state: Some(Box::new(state.clone())),
        });
        let zone = state.time_zone.clone();
        let following = |after| {
            next_occurrence(
                engine,
                &state.installation,
                schedule,
                zone.as_deref(),
                after,
            )
        };
        let late = now.duration_since(state.due_at) > MAX_LATE;
        let after = if state.cursor.is_none() && late {
            // The host was down: occurrences older than a day are skipped.
            following(now - MAX_LATE)
        } else {
            let query = AudienceQuery {
                time_zone: state.time_zone.clone(),
                conditions: schedule.audience.all.clone(),
                date: state.date,
                now: state.due_at,
            };
            let reached = engine
                .store
                .audience(&query, state.cursor.unwrap_or(0), PAGE)?;
            for (_, customer) in &reached {
                changeset.push(append_event(event(now, &state, *customer)));
            }
            pages += 1;
            match reached.last() {
                Some((place, _)) if reached.len() == PAGE as usize => Some(ScheduleState {
                    cursor: Some(*place),
                    ..state.clone()
                }),
                _ => following(state.due_at),
            }
        };
        let Some(after) = after else {
            return Ok(pages);
        };
        changeset.push(Change::PutSchedule(after.clone()));
        match engine.commit(changeset) {
            Ok(_) => state = after,
            // Another thread committed first, and continues this fan-out.
            Err(Error::Store(StoreError::Conflict(_))) => return Ok(pages),
            Err(error) => return Err(error),
        }
    }
    Ok(pages)
}

fn event(now: Timestamp, state: &ScheduleState, customer: CustomerId) -> NewEvent {
    NewEvent {
        id: schedule_event_id(&state.installation, &state.schedule, customer, state.date),
        customer,
        time: now,
        cause: None,
        depth: 0,
        data: EventData::ScheduleDue {
            installation: state.installation.clone(),
            schedule: state.schedule.clone(),
            date: state.date,
        },
    }
}
