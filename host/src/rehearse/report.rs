//! What a rehearsal found. It serialises as the report's JSON, whose members stay as they are within one `format`.

use jiff::civil::Date;
use regulars_manifest::EffectKind;
use serde::Serialize;

use crate::model::*;

/// The version of the report's JSON.
pub(super) const FORMAT: u32 = 1;

/// What would have come of a plugin.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rehearsal {
    /// 1. Members may be added within a format; none goes or changes its meaning.
    pub format: u32,
    pub plugin: Subject,
    pub window: Window,
    /// Why this is not all; none where it is.
    pub partial: Option<Partial>,
    /// In which order events were gone through.
    pub order: Order,
    /// How many customers were looked at.
    pub people: u64,
    /// How many of them the plugin's proposals would have reached, or given staff something to do about.
    pub people_affected: u64,
    pub occasions: Occasions,
    /// Of the plugin itself.
    pub came: Came,
    pub contacts: Contacts,
    /// Most contacts first; at most 20.
    pub most_affected: Vec<Person>,
    /// At most 10, of different kinds and outcomes as far as there are.
    pub samples: Vec<Sample>,
    /// The installed plugins that ran too.
    pub beside: Vec<Beside>,
    /// Installed plugins that did not, and why.
    pub left_out: Vec<LeftOut>,
    /// None too where it was ended before the installed version came as far: nothing is compared then.
    pub against: Option<Difference>,
    /// What could not be known, in sentences.
    pub notes: Vec<String>,
}

/// What was rehearsed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Subject {
    pub id: InstallationId,
    pub title: String,
    pub version: String,
    pub digest: Digest,
    /// The version of the installed plugin in whose place it ran.
    pub in_place_of: Option<String>,
}

/// The time over which it ran.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Window {
    /// Inclusive.
    pub from: Timestamp,
    /// Exclusive.
    pub until: Timestamp,
    /// The business's.
    pub time_zone: String,
}

/// How far a rehearsal came that was ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Partial {
    /// How many customers were gone through from `window.from` to `window.until`, or to `reached`.
    pub people: u64,
    /// How many there are.
    pub of: u64,
    /// The simulated time that was reached, where events were gone through in the order of their times.
    pub reached: Option<Timestamp>,
    /// Of how many people the past was read, where it was ended before that was done: then nobody was gone through.
    pub loaded: Option<u64>,
}

/// In which order events were gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// One person after the other: nothing that a plugin remembers of one reaches another.
    ByPerson,
    /// Everybody's by time, since a plugin remembers something for itself.
    ByTime,
}

/// How many events called some plugin, by where they came from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Occasions {
    /// Recorded or imported.
    pub interactions: u64,
    /// Customers who were created or changed, where the log tells of it.
    pub changes: u64,
    pub schedules: u64,
    pub timers: u64,
    /// What effects and sent messages caused.
    pub caused: u64,
}

/// What came of one plugin.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Came {
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
    /// Opened for staff, those among them that ask about a level that a plugin would raise.
    pub tasks: u64,
    /// What was proposed and decided, by kind of effect.
    pub proposals: Vec<KindSum>,
    /// What became of the messages that were not denied at once.
    pub messages: Messages,
    /// Which rules put off or denied how many proposals; one that several rules denied is counted at each. A rule
    /// that put a message off until it was too late denied it, beside the one that says how long it may wait.
    pub rules: Vec<RuleSum>,
}

/// How often it failed in one way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FailureSum {
    pub kind: FailureKind,
    pub count: u64,
    pub example: Example,
}

/// One of several.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Example {
    pub customer: CustomerId,
    pub at: Timestamp,
    /// In the plugin's own words or the host's.
    pub detail: String,
}

/// Fuel of one run, over all that were made. Percentiles are exact to one percent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Fuel {
    pub p50: u64,
    pub p90: u64,
    pub p99: u64,
    pub max: u64,
    pub total: u64,
    /// What one run may use.
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

/// Messages that were allowed or deferred, by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Messages {
    pub sent: u64,
    /// Still to be sent at the end of the window.
    pub waiting: u64,
    /// By a rule, when they were due.
    pub denied: u64,
    pub expired: u64,
    /// Since the customer's level was lowered meanwhile.
    pub cancelled: u64,
}

/// What one rule held back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleSum {
    pub rule: String,
    pub deferred: u64,
    pub denied: u64,
    pub example: Example,
}

/// How many contacts people would have had: cards at the desk, questions and messages.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contacts {
    /// From the plugin, fewest first: from those without any on, where there are such.
    pub of_plugin: Vec<HistogramBar>,
    /// From all plugins together.
    pub of_all: Vec<HistogramBar>,
    /// The plugin's, by week.
    pub weeks: Vec<Week>,
}

/// So many people had so many contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HistogramBar {
    pub contacts: u64,
    pub people: u64,
}

/// Contacts of seven days where the business is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Week {
    /// Its first day, counted from the beginning of the window.
    pub from: Date,
    pub suggested: u64,
    pub asked: u64,
    pub sent: u64,
}

/// Somebody, and what would have reached them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Person {
    pub customer: CustomerId,
    /// Of the customer; where it is not known, an external id.
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

/// A proposal, whole.
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
    /// What it rests on, newest first; at most 10.
    pub evidence: Vec<Interaction>,
}

/// An installed plugin that ran too.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Beside {
    pub id: InstallationId,
    pub version: String,
    pub came: Came,
}

/// An installed plugin that did not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    pub id: InstallationId,
    pub why: String,
}

/// What is different from the installed version. Proposals are the same where they are of one kind and for one
/// event; only those that no rule denied are compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    pub id: InstallationId,
    pub version: String,
    pub digest: Digest,
    /// Of the installed version.
    pub came: Came,
    /// What only the new version proposes.
    pub new: Differs,
    /// What only the installed version proposes.
    pub gone: Differs,
    /// What both propose in other words.
    pub reworded: Differs,
    /// What both propose alike.
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
