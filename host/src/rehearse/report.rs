//! The report of a rehearsal. It serialises as JSON, whose members stay the same within one `format`.

use jiff::civil::Date;
use regulars_manifest::EffectKind;
use serde::Serialize;

use crate::model::*;

/// The version of the report's JSON.
pub(super) const FORMAT: u32 = 1;

/// The result of a rehearsal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rehearsal {
    /// Always 1. Within a format, members may be added; none is removed or changes its meaning.
    pub format: u32,
    pub plugin: Subject,
    pub window: Window,
    /// Present if the rehearsal ended early.
    pub partial: Option<Partial>,
    /// The order of events.
    pub order: Order,
    /// Customers that were rehearsed.
    pub people: u64,
    /// Customers for whom the plugin had a contact or a task.
    pub people_affected: u64,
    pub occasions: Occasions,
    /// The plugin's own report.
    pub came: PluginReport,
    pub contacts: Contacts,
    /// Most contacts first; at most 20.
    pub most_affected: Vec<Person>,
    /// At most 10, of different kinds and outcomes if there are several.
    pub samples: Vec<Sample>,
    /// The installed plugins that ran too.
    pub beside: Vec<Beside>,
    /// Installed plugins that did not run, and the reason.
    pub left_out: Vec<LeftOut>,
    /// The comparison with the installed version. `None` also if the rehearsal ended before the installed version ran
    /// as far.
    pub against: Option<Difference>,
    /// The limits of the rehearsal, in sentences.
    pub notes: Vec<String>,
}

/// The plugin that was rehearsed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Subject {
    pub id: InstallationId,
    pub title: String,
    pub version: String,
    pub digest: Digest,
    /// The version of the installed plugin in whose place it ran.
    pub in_place_of: Option<String>,
}

/// The rehearsed period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Window {
    /// Inclusive.
    pub from: Timestamp,
    /// Exclusive.
    pub until: Timestamp,
    /// The business's.
    pub time_zone: String,
}

/// The progress of a rehearsal that ended early.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Partial {
    /// Customers that were rehearsed from `window.from` to `window.until`, or to `reached`.
    pub people: u64,
    /// All customers.
    pub of: u64,
    /// The simulated time reached, if events were taken by time.
    pub reached: Option<Timestamp>,
    /// Customers whose past was read, if the rehearsal ended before all were. Then no customer was rehearsed.
    pub loaded: Option<u64>,
}

/// In which order events were gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// One customer after the other, because no plugin remembers anything across customers.
    ByPerson,
    /// All customers by time, because a plugin keeps a memory for itself.
    ByTime,
}

/// The number of events that called a plugin, by source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Occasions {
    /// Recorded or imported.
    pub interactions: u64,
    /// Customers created or changed, as far as the log has it.
    pub changes: u64,
    pub schedules: u64,
    pub timers: u64,
    /// Caused by effects and sent messages.
    pub caused: u64,
}

/// The result of one plugin.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PluginReport {
    pub runs: u64,
    pub failed: u64,
    /// By kind.
    pub failures: Vec<FailureSum>,
    pub fuel: Fuel,
    /// Largest sum of linear memories in a run, in bytes.
    pub peak_memory: u64,
    /// Cards at the desk.
    pub suggested: u64,
    /// Questions to put in person.
    pub asked: u64,
    /// Messages that would have reached their channel.
    pub sent: u64,
    /// Opened for staff, including those that ask whether to raise a level.
    pub tasks: u64,
    /// Proposals by kind of effect.
    pub proposals: Vec<KindSum>,
    /// Messages that were not denied at once, by result.
    pub messages: Messages,
    /// Deferred and denied proposals by rule. A proposal that several rules denied counts for each. A rule that
    /// deferred a message until its deadline denied it, together with the rule about the deadline.
    pub rules: Vec<RuleSum>,
}

/// The failures of one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FailureSum {
    pub kind: FailureKind,
    pub count: u64,
    pub example: Example,
}

/// One example.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Example {
    pub customer: CustomerId,
    pub at: Timestamp,
    /// In the plugin's own words or the host's.
    pub detail: String,
}

/// The fuel of runs. Percentiles are exact to one percent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Fuel {
    pub p50: u64,
    pub p90: u64,
    pub p99: u64,
    pub max: u64,
    pub total: u64,
    /// The budget of one run.
    pub budget: u64,
}

/// Proposals of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct KindSum {
    pub kind: EffectKind,
    pub proposed: u64,
    pub allowed: u64,
    pub deferred: u64,
    pub denied: u64,
    pub held_out: u64,
}

/// Messages that were allowed or deferred, by result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Messages {
    pub sent: u64,
    /// Still to be sent at the end of the window.
    pub waiting: u64,
    /// By a rule, when they were due.
    pub denied: u64,
    pub expired: u64,
    /// Cancelled because the customer's level was lowered.
    pub cancelled: u64,
}

/// The proposals that one rule deferred or denied.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleSum {
    pub rule: String,
    pub deferred: u64,
    pub denied: u64,
    pub example: Example,
}

/// Contacts per customer: cards at the desk, questions and messages.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contacts {
    /// From the plugin, fewest first. Starts with customers without contacts, if there are any.
    pub of_plugin: Vec<HistogramBar>,
    /// From all plugins together.
    pub of_all: Vec<HistogramBar>,
    /// The plugin's, by week.
    pub weeks: Vec<Week>,
}

/// One bar: the number of people with this number of contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HistogramBar {
    pub contacts: u64,
    pub people: u64,
}

/// Contacts in seven days, in the business's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Week {
    /// Its first day, counted from the beginning of the window.
    pub from: Date,
    pub suggested: u64,
    pub asked: u64,
    pub sent: u64,
}

/// A customer, and the contacts that would have reached them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Person {
    pub customer: CustomerId,
    /// The customer's name, or an external id.
    pub name: Option<String>,
    pub level: Level,
    /// From the plugin: `suggested + asked + sent`.
    pub contacts: u64,
    pub suggested: u64,
    pub asked: u64,
    pub sent: u64,
    pub tasks: u64,
    /// Proposals that were denied.
    pub denied: u64,
    /// From all plugins.
    pub contacts_of_all: u64,
}

/// A complete proposal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sample {
    pub customer: CustomerId,
    /// As in [`Person::name`].
    pub name: Option<String>,
    /// The customer's time zone, else the business's.
    pub time_zone: String,
    pub at: Timestamp,
    /// The CloudEvents type of the event.
    pub event: String,
    pub proposal: Proposal,
    /// Its evidence, newest first; at most 10.
    pub evidence: Vec<Interaction>,
}

/// An installed plugin that ran too.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Beside {
    pub id: InstallationId,
    pub version: String,
    pub came: PluginReport,
}

/// An installed plugin that did not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    pub id: InstallationId,
    pub why: String,
}

/// The difference from the installed version. Proposals correspond if they have the same event and kind. Denied
/// proposals are not compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    pub id: InstallationId,
    pub version: String,
    pub digest: Digest,
    /// Of the installed version.
    pub came: PluginReport,
    /// Proposals of the new version alone.
    pub new: Differs,
    /// Proposals of the installed version alone.
    pub gone: Differs,
    /// Proposals with different texts.
    pub reworded: Differs,
    /// Equal proposals.
    pub same: u64,
    /// People with more contacts than by the installed version.
    pub people_with_more: u64,
    pub people_with_fewer: u64,
}

/// Proposals that differ.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Differs {
    pub proposals: u64,
    pub people: u64,
    /// At most 5.
    pub examples: Vec<DiffersExample>,
}

/// A proposal that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DiffersExample {
    pub customer: CustomerId,
    /// As in [`Person::name`].
    pub name: Option<String>,
    pub at: Timestamp,
    pub kind: EffectKind,
    /// By the installed version.
    pub before: Option<String>,
    /// By the new one.
    pub after: Option<String>,
}
