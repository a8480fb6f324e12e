use std::collections::HashMap;
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use regulars_manifest::{Condition, Schedule};

use crate::engine::{Engine, occurrence, time_zones};
use crate::error::Error;
use crate::model::*;
use crate::plugin_set::PluginSet;

/// The occurrences of all schedules, in each time zone that a customer has.
pub(super) struct Calendar {
    pub plans: Vec<Plan>,
    /// By time zone; `None` is the business's. For each plan its occurrences, in order.
    zones: HashMap<Option<String>, Occurrences>,
    nobody: Occurrences,
}

pub(super) type Occurrences = Arc<[Vec<(Date, Timestamp)>]>;

/// A schedule whose plugin was granted its audience.
pub(super) struct Plan {
    pub plugin: InstallationId,
    pub schedule: Schedule,
}

impl Calendar {
    pub fn new(
        engine: &Engine,
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
        for zone in time_zones(&*engine.store)? {
            let name = zone.as_deref().unwrap_or(&engine.config.time_zone);
            let tz = TimeZone::get(name).unwrap_or(TimeZone::UTC);
            let plans = calendar.plans.iter();
            let occurrences = plans.map(|plan| occurrences(&plan.schedule, &tz, from, until));
            let occurrences = occurrences.collect();
            calendar.zones.insert(zone, occurrences);
        }
        Ok(calendar)
    }

    /// Returns the occurrences in a customer's time zone. A zone that no customer had when the rehearsal began has
    /// none.
    pub fn of(&self, zone: &Option<String>) -> Occurrences {
        self.zones.get(zone).unwrap_or(&self.nobody).clone()
    }

    /// Returns the number of occurrences of all schedules in a time zone.
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
