//! Occurrences of plugins' schedules, the state of their fan-outs, and the ids of the events of schedules and timers.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use regulars_manifest::{Schedule, Weekday};

use super::Engine;
use crate::error::Error;
use crate::model::*;
use crate::store::{Change, Changeset, Precondition, ScheduleState, Store, Timer};

/// The greatest delay of an occurrence. If the host was down for longer, the occurrence is skipped.
pub(crate) const MAX_LATE: SignedDuration = SignedDuration::from_hours(24);

impl Engine {
    /// Adds the next occurrences of an installation's schedules to the changeset that writes it.
    pub(super) fn plan_schedules(
        &self,
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
        let now = self.clock.now();
        let states = self.store.schedules()?;
        let zones = time_zones(&*self.store)?;
        for schedule in schedules {
            for zone in &zones {
                let state = states.iter().find(|state| {
                    state.installation == installation.id
                        && state.schedule == schedule.id
                        && state.time_zone == *zone
                });
                // A fan-out that is due or running continues with the new version.
                let due = state.is_some_and(|state| {
                    state.due_at <= now && now.duration_since(state.due_at) < MAX_LATE
                });
                if !due
                    && let Some(planned) =
                        next_occurrence(self, &installation.id, schedule, zone.as_deref(), now)
                {
                    changeset.expect(Precondition::Schedule {
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
}

/// Returns the time zones in which schedules occur. `None` is the business's time zone.
pub(crate) fn time_zones(store: &dyn Store) -> Result<Vec<Option<String>>, Error> {
    let own = store.time_zones()?;
    Ok(std::iter::once(None)
        .chain(own.into_iter().map(Some))
        .collect())
}

/// Returns the id of the event for a schedule, a customer and a day. Appending that event again changes nothing.
pub(crate) fn schedule_event_id(
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

/// Returns the id of the event that a timer becomes.
pub(crate) fn timer_event_id(timer: &Timer) -> EventId {
    EventId(crate::ids::derived_at(
        timer.at,
        &[
            b"timer",
            timer.installation.as_str().as_bytes(),
            timer.customer.0.as_bytes(),
            timer.key.as_bytes(),
            &timer.at.as_millisecond().to_le_bytes(),
            timer
                .cause
                .map(|cause| *cause.0.as_bytes())
                .unwrap_or_default()
                .as_slice(),
        ],
    ))
}

/// Returns the first occurrence after an instant, in a time zone or else the business's.
pub(crate) fn next_occurrence(
    engine: &Engine,
    id: &InstallationId,
    schedule: &Schedule,
    zone: Option<&str>,
    after: Timestamp,
) -> Option<ScheduleState> {
    let name = zone.unwrap_or(&engine.config.time_zone);
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

/// Returns the local day and the instant of a schedule's first occurrence after an instant.
///
/// A local time in a gap moves later by the length of the gap. Of a time that occurs twice, the first counts (RFC 5545
/// §3.3.5). A day that a zone skips has no occurrence.
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
