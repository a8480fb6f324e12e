//! The customer data that plugins see. It is loaded once per event, as of the event, and reduced to each plugin's
//! grants.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use regulars_manifest::CustomerField;

use crate::model::*;
use crate::plugin_set::Active;
use crate::runtime::{CustomerView, HistoryEntry, PluginView};
use crate::store::{HistoryWindow, Memory, SnapshotData, SnapshotRequest, Store, StoreError};

/// The customer and the instant that a snapshot describes.
#[derive(Debug, Clone)]
pub(crate) struct AsOf {
    pub customer: CustomerId,
    /// The current time, as plugins see it.
    pub now: Timestamp,
    /// The customer's local day, if it does not follow from `now`.
    pub date: Option<Date>,
    /// The place in the log after which stored data is hidden. `None` hides no data.
    pub as_of: Option<u64>,
    /// The seed of plugins' randomness.
    pub seed: EventId,
}

/// The data loaded for one event.
pub(crate) struct Snapshot {
    /// The loaded data, except the history.
    pub data: SnapshotData,
    /// The history, newest first. All views of this snapshot share it.
    pub history: Vec<Arc<HistoryEntry>>,
    at: AsOf,
    today: Date,
    time_zone: String,
}

impl Snapshot {
    /// Loads the data about a customer, with the history windows and memories of the given plugins. Returns `None` if
    /// the customer no longer exists.
    pub fn load(
        store: &dyn Store,
        business_zone: &str,
        at: AsOf,
        plugins: &[Arc<Active>],
    ) -> Result<Option<Snapshot>, StoreError> {
        let until = match at.as_of {
            // An interaction may carry the time of a clock that ran ahead. It still belongs to its own event's history.
            Some(_) => at.now + SignedDuration::from_hours(25),
            None => at.now,
        };
        let request = SnapshotRequest {
            customer: at.customer,
            as_of: at.as_of,
            until,
            windows: windows(
                at.now,
                plugins.iter().map(|active| &active.installation.grants),
            ),
            installations: plugins
                .iter()
                .map(|active| active.installation.id.clone())
                .collect(),
        };
        let Some(mut data) = store.snapshot(&request)? else {
            return Ok(None);
        };
        let history = std::mem::take(&mut data.history)
            .into_iter()
            .map(HistoryEntry::new)
            .map(Arc::new)
            .collect();
        Ok(Some(Snapshot::of(data, history, business_zone, at)))
    }

    /// Creates a snapshot from loaded data. `history` is newest first; the history in `data` is empty.
    pub fn of(
        data: SnapshotData,
        history: Vec<Arc<HistoryEntry>>,
        business_zone: &str,
        at: AsOf,
    ) -> Snapshot {
        let time_zone = data
            .customer
            .time_zone
            .clone()
            .unwrap_or_else(|| business_zone.to_owned());
        Snapshot {
            today: today(&time_zone, &at),
            data,
            history,
            at,
            time_zone,
        }
    }

    /// Moves the snapshot to another instant. `history` is the history until that instant.
    pub fn go_to(&mut self, at: AsOf, history: Vec<Arc<HistoryEntry>>) {
        self.today = today(&self.time_zone, &at);
        self.at = at;
        self.history = history;
    }

    /// Returns the part of the snapshot that the plugin's grants allow.
    pub fn view(&self, active: &Active) -> PluginView {
        let id = &active.installation.id;
        let (customer_memory, plugin_memory) = self.memory(id);
        PluginView {
            now: self.at.now,
            today: self.today,
            time_zone: self.time_zone.clone(),
            seed: crate::ids::seed(&[self.at.seed.0.as_bytes(), id.as_str().as_bytes()]),
            settings: active.settings.clone(),
            grants: active.grants.clone(),
            customer: Some(redact_customer(
                &self.data.customer,
                &active.installation.grants,
            )),
            history: redact_history(&self.history, &active.installation.grants, self.at.now),
            customer_memory: customer_memory.entries,
            plugin_memory: plugin_memory.entries,
        }
    }

    /// Returns the plugin's customer memory and plugin memory.
    pub fn memory(&self, id: &InstallationId) -> (Memory, Memory) {
        self.data.memories.get(id).cloned().unwrap_or_default()
    }
}

fn today(time_zone: &str, at: &AsOf) -> Date {
    let date = at.date;
    date.unwrap_or_else(|| local_date(time_zone, at.now))
}

/// Returns the view for an action without a customer.
pub(crate) fn without_customer(
    business_zone: &str,
    now: Timestamp,
    active: &Active,
    seed: RunId,
    plugin_memory: &Memory,
) -> PluginView {
    PluginView {
        now,
        today: local_date(business_zone, now),
        time_zone: business_zone.to_owned(),
        seed: crate::ids::seed(&[seed.0.as_bytes()]),
        settings: active.settings.clone(),
        grants: active.grants.clone(),
        customer: None,
        history: Vec::new(),
        customer_memory: Arc::new(BTreeMap::new()),
        plugin_memory: plugin_memory.entries.clone(),
    }
}

/// Returns the local date in a time zone, or in UTC if the zone is unknown.
pub(crate) fn local_date(time_zone: &str, now: Timestamp) -> Date {
    now.to_zoned(TimeZone::get(time_zone).unwrap_or(TimeZone::UTC))
        .date()
}

/// Returns the customer with only the granted fields. Id, level and `since` are always visible.
pub fn redact_customer(customer: &Customer, grants: &Grants) -> CustomerView {
    let may = |field| grants.fields.contains(&field);
    CustomerView {
        id: customer.id,
        display_name: customer
            .display_name
            .clone()
            .filter(|_| may(CustomerField::DisplayName)),
        given_name: customer
            .given_name
            .clone()
            .filter(|_| may(CustomerField::GivenName)),
        language: customer
            .language
            .clone()
            .filter(|_| may(CustomerField::Language)),
        birthday: customer.birthday.filter(|_| may(CustomerField::Birthday)),
        level: customer.level,
        topics: if may(CustomerField::Topics) {
            customer.topics.iter().cloned().collect()
        } else {
            Vec::new()
        },
        tags: if may(CustomerField::Tags) {
            customer.tags.iter().cloned().collect()
        } else {
            Vec::new()
        },
        since: customer.since,
    }
}

/// Returns the interactions that the granted windows allow, in the given order. `history` is newest first: a window
/// with a limit takes the newest of its kinds.
pub fn redact_history(
    history: &[Arc<HistoryEntry>],
    grants: &Grants,
    now: Timestamp,
) -> Vec<Arc<HistoryEntry>> {
    let mut left: Vec<u32> = grants.history.iter().map(|grant| grant.limit).collect();
    history
        .iter()
        .filter(|interaction| {
            let mut shown = false;
            for (grant, left) in grants.history.iter().zip(&mut left) {
                let fits = *left > 0
                    && (grant.kinds.is_empty() || grant.kinds.contains(&interaction.kind))
                    && interaction.occurred_at >= since(now, grant.days);
                if fits {
                    *left -= 1;
                    shown = true;
                }
            }
            shown
        })
        .cloned()
        .collect()
}

/// Returns the windows that cover all given grants. There is one window per kind, with the most days and the highest
/// limit that a grant names.
pub(crate) fn windows<'a>(
    now: Timestamp,
    grants: impl Iterator<Item = &'a Grants>,
) -> Vec<HistoryWindow> {
    let mut widest: BTreeMap<Option<&str>, (u32, u32)> = BTreeMap::new();
    let mut widen = |kind, grant: &HistoryGrant| {
        let (days, limit) = widest.entry(kind).or_default();
        *days = grant.days.max(*days);
        *limit = grant.limit.max(*limit);
    };
    for grant in grants.flat_map(|grants| &grants.history) {
        if grant.kinds.is_empty() {
            widen(None, grant);
        }
        for kind in &grant.kinds {
            widen(Some(kind.as_str()), grant);
        }
    }
    widest
        .into_iter()
        .map(|(kind, (days, limit))| HistoryWindow {
            kind: kind.map(str::to_owned),
            since: since(now, days),
            limit,
        })
        .collect()
}

pub(crate) fn since(now: Timestamp, days: u32) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(24 * i64::from(days)))
        .unwrap_or(Timestamp::MIN)
}
