use std::collections::HashMap;
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use regulars_manifest::{Condition, Schedule};

use crate::dispatch::occurrence;
use crate::error::Error;
use crate::host::Core;
use crate::model::*;
use crate::plugin::PluginSet;

/// When the schedules of a cast occur, in each time zone that somebody has.
pub(super) struct Calendar {
    pub plans: Vec<Plan>,
    /// By zone, none being the business's: for each plan its occurrences, in order.
    zones: HashMap<Option<String>, Occurrences>,
    nobody: Occurrences,
}

pub(super) type Occurrences = Arc<[Vec<(Date, Timestamp)>]>;

/// A schedule whose plugin may know what it tells.
pub(super) struct Plan {
    pub plugin: InstallationId,
    pub schedule: Schedule,
}

impl Calendar {
    pub fn new(
        core: &Core,
        set: &PluginSet,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Calendar, Error> {
        let mut plans = Vec::new();
        for active in &set.all {
            let installation = &active.installation;
            let schedules = installation.manifest.schedules.iter();
            let told = schedules.filter(|it| installation.grants.allows_audience(&it.audience));
            plans.extend(told.map(|schedule| Plan {
                plugin: installation.id.clone(),
                schedule: schedule.clone(),
            }));
        }
        let mut calendar = Calendar {
            nobody: plans.iter().map(|_| Vec::new()).collect(),
            plans,
            zones: HashMap::new(),
        };
        let own = core.store.time_zones()?.into_iter().map(Some);
        for zone in std::iter::once(None).chain(own) {
            let name = zone.as_deref().unwrap_or(&core.config.time_zone);
            let tz = TimeZone::get(name).unwrap_or(TimeZone::UTC);
            let plans = calendar.plans.iter();
            let occurrences = plans.map(|plan| occurrences(&plan.schedule, &tz, from, until));
            let occurrences = occurrences.collect();
            calendar.zones.insert(zone, occurrences);
        }
        Ok(calendar)
    }

    /// For a customer's zone. Nobody had this one when the rehearsal began, if it is not there.
    pub fn of(&self, zone: &Option<String>) -> Occurrences {
        self.zones.get(zone).unwrap_or(&self.nobody).clone()
    }

    /// How often all schedules occur in a zone.
    pub fn count(&self, zone: &Option<String>) -> u64 {
        let occurrences = self.zones.get(zone);
        occurrences.map_or(0, |of| of.iter().map(|it| it.len() as u64).sum())
    }

    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        let plans = self.plans.iter();
        plans.flat_map(|plan| &plan.schedule.audience.all)
    }
}

fn occurrences(
    schedule: &Schedule,
    tz: &TimeZone,
    from: Timestamp,
    until: Timestamp,
) -> Vec<(Date, Timestamp)> {
    let mut found = Vec::new();
    let mut after = from.saturating_sub(SignedDuration::from_millis(1));
    while let Ok(before) = after
        && let Some((date, at)) = occurrence(schedule, tz, before)
        && at < until
    {
        found.push((date, at));
        after = Ok(at);
    }
    found
}
