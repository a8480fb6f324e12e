//! Schedules name an audience; the host fans them out, a page of customers and the place reached in
//! one transaction, so that a restart neither skips nor repeats anybody.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use regulars_manifest::{Schedule, Weekday};

use crate::error::Error;
use crate::host::Core;
use crate::model::*;
use crate::plugin::Active;
use crate::store::{AudienceQuery, Change, Changeset, Expect, ScheduleState, StoreError};

/// How many customers one transaction of a fan-out reaches.
const PAGE: u32 = 1000;
/// An occurrence that is later than this, because the host was down, is left out.
const MAX_LATE: SignedDuration = SignedDuration::from_hours(24);

/// Fires every schedule that is due. Gives how many pages were fanned out.
pub(super) fn fire(core: &Arc<Core>) -> Result<usize, Error> {
    let plugins = core.plugins();
    if plugins
        .listening()
        .all(|active| active.installation.manifest.schedules.is_empty())
    {
        return Ok(0);
    }
    let states = core.store.schedules()?;
    let zones = zones(core)?;
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
                    // The first customer of this zone came after the plugin was installed.
                    None => begin(core, active, schedule, zone.as_deref())?,
                    Some(state) => fan_out(core, active, schedule, state.clone())?,
                };
            }
        }
    }
    Ok(fired)
}

/// Adds to an installation's changeset where its schedules stand from now on.
pub(crate) fn plan(
    core: &Core,
    installation: &Installation,
    changeset: &mut Changeset,
) -> Result<(), Error> {
    let enabled = installation.state != InstallationState::Disabled;
    let schedules: Vec<&Schedule> = installation
        .manifest
        .schedules
        .iter()
        .filter(|schedule| enabled && installation.grants.allows_audience(&schedule.audience))
        .collect();
    changeset.push(Change::KeepSchedules {
        installation: installation.id.clone(),
        keep: schedules
            .iter()
            .map(|schedule| schedule.id.clone())
            .collect(),
    });
    if schedules.is_empty() {
        return Ok(());
    }
    let now = core.clock.now();
    let states = core.store.schedules()?;
    let zones = zones(core)?;
    for schedule in schedules {
        for zone in &zones {
            let state = states.iter().find(|state| {
                state.installation == installation.id
                    && state.schedule == schedule.id
                    && state.time_zone == *zone
            });
            // A fan-out that is due or under way goes on with the new version.
            let due = state.is_some_and(|state| {
                state.due_at <= now && now.duration_since(state.due_at) < MAX_LATE
            });
            if !due
                && let Some(planned) = next(core, &installation.id, schedule, zone.as_deref(), now)
            {
                changeset.expect(Expect::Schedule {
                    installation: installation.id.clone(),
                    schedule: schedule.id.clone(),
                    time_zone: zone.clone(),
                    state: state.cloned().map(Box::new),
                });
                changeset.push(Change::PutSchedule(planned));
            }
        }
    }
    Ok(())
}

fn zones(core: &Core) -> Result<Vec<Option<String>>, Error> {
    let own = core.store.time_zones()?;
    Ok(std::iter::once(None)
        .chain(own.into_iter().map(Some))
        .collect())
}

fn begin(
    core: &Arc<Core>,
    active: &Active,
    schedule: &Schedule,
    zone: Option<&str>,
) -> Result<usize, Error> {
    let id = &active.installation.id;
    let Some(state) = next(core, id, schedule, zone, core.clock.now()) else {
        return Ok(0);
    };
    let mut changeset = Changeset::new();
    changeset.expect(active.unchanged());
    changeset.expect(Expect::Schedule {
        installation: id.clone(),
        schedule: schedule.id.clone(),
        time_zone: zone.map(str::to_owned),
        state: None,
    });
    changeset.push(Change::PutSchedule(state));
    match core.commit(changeset) {
        Ok(_) | Err(Error::Store(StoreError::Conflict(_))) => Ok(0),
        Err(error) => Err(error),
    }
}

fn fan_out(
    core: &Arc<Core>,
    active: &Active,
    schedule: &Schedule,
    mut state: ScheduleState,
) -> Result<usize, Error> {
    let mut pages = 0;
    while state.due_at <= core.clock.now() && !core.dispatcher.stopping() {
        let now = core.clock.now();
        let mut changeset = Changeset::new();
        changeset.expect(active.unchanged());
        changeset.expect(Expect::Schedule {
            installation: state.installation.clone(),
            schedule: state.schedule.clone(),
            time_zone: state.time_zone.clone(),
            state: Some(Box::new(state.clone())),
        });
        let zone = state.time_zone.clone();
        let following = |after| next(core, &state.installation, schedule, zone.as_deref(), after);
        let late = now.duration_since(state.due_at) > MAX_LATE;
        let after = if state.cursor.is_none() && late {
            // The host was down: only what is a day old at the most still makes sense.
            following(now - MAX_LATE)
        } else {
            let query = AudienceQuery {
                time_zone: state.time_zone.clone(),
                conditions: schedule.audience.all.clone(),
                date: state.date,
                now: state.due_at,
            };
            let reached = core
                .store
                .audience(&query, state.cursor.unwrap_or(0), PAGE)?;
            for (_, customer) in &reached {
                changeset.push(Change::AppendEvent {
                    event: event(now, &state, *customer),
                    pending: true,
                });
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
        match core.commit(changeset) {
            Ok(_) => state = after,
            // Another thread was quicker; it goes on from where it is.
            Err(Error::Store(StoreError::Conflict(_))) => return Ok(pages),
            Err(error) => return Err(error),
        }
    }
    Ok(pages)
}

/// One customer, one schedule, one day: one event, however often it is appended.
pub(crate) fn event_id(
    installation: &InstallationId,
    schedule: &str,
    customer: CustomerId,
    date: Date,
) -> EventId {
    let day = date
        .to_zoned(TimeZone::UTC)
        .map_or(Timestamp::UNIX_EPOCH, |day| day.timestamp());
    EventId(crate::ids::derived_at(
        day,
        &[
            b"schedule",
            installation.as_str().as_bytes(),
            schedule.as_bytes(),
            customer.0.as_bytes(),
            date.to_string().as_bytes(),
        ],
    ))
}

fn event(now: Timestamp, state: &ScheduleState, customer: CustomerId) -> NewEvent {
    NewEvent {
        id: event_id(&state.installation, &state.schedule, customer, state.date),
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

/// The first occurrence after an instant, in a zone or else the business's.
fn next(
    core: &Core,
    id: &InstallationId,
    schedule: &Schedule,
    zone: Option<&str>,
    after: Timestamp,
) -> Option<ScheduleState> {
    let name = zone.unwrap_or(&core.config.time_zone);
    let tz = TimeZone::get(name).unwrap_or(TimeZone::UTC);
    let (date, due_at) = occurrence(schedule, &tz, after)?;
    Some(ScheduleState {
        installation: id.clone(),
        schedule: schedule.id.clone(),
        time_zone: zone.map(str::to_owned),
        date,
        due_at,
        cursor: None,
    })
}

/// The first time after an instant at which a schedule occurs, and its local day. A local time that
/// a clock change skips is taken as much later as the clock jumped; one that comes twice, the first
/// time (RFC 5545 §3.3.5 says the same); a day that a zone left out altogether has none.
pub(crate) fn occurrence(
    schedule: &Schedule,
    tz: &TimeZone,
    after: Timestamp,
) -> Option<(Date, Timestamp)> {
    let time = crate::plugin::local_time(&schedule.at)?;
    let first = after
        .to_zoned(tz.clone())
        .date()
        .checked_sub(1.day())
        .ok()?;
    first.series(1.day()).take(400).find_map(|date| {
        let on = schedule.on.is_empty() || schedule.on.contains(&weekday(date));
        let zoned = date.to_datetime(time).to_zoned(tz.clone()).ok()?;
        let instant = zoned.timestamp();
        (on && zoned.date() == date && instant > after).then_some((date, instant))
    })
}

fn weekday(date: Date) -> Weekday {
    match date.weekday() {
        jiff::civil::Weekday::Monday => Weekday::Monday,
        jiff::civil::Weekday::Tuesday => Weekday::Tuesday,
        jiff::civil::Weekday::Wednesday => Weekday::Wednesday,
        jiff::civil::Weekday::Thursday => Weekday::Thursday,
        jiff::civil::Weekday::Friday => Weekday::Friday,
        jiff::civil::Weekday::Saturday => Weekday::Saturday,
        jiff::civil::Weekday::Sunday => Weekday::Sunday,
    }
}
