mod check;

pub use check::PolicyError;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use crate::model::{Level, Purpose};

/// How often, when and about what customers may be written to: the policy file. What it leaves out is as
/// in [`ContactPolicy::DEFAULT`], which has a comment on every setting.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ContactPolicy {
    pub levels: Levels,
    pub topics: Topics,
    pub pause: Pause,
    pub complaint: Complaint,
    pub repeat: Repeat,
    pub quiet_hours: QuietHours,
    pub caps: Caps,
    pub service: Service,
    pub waiting: Waiting,
}

impl ContactPolicy {
    /// The policy file that says what holds without one: a place to start from.
    pub const DEFAULT: &str = include_str!("../../../policy.default.toml");

    /// Reads a policy file and checks it.
    ///
    /// # Errors
    /// [`PolicyError`] names the setting that is unknown, unreadable or impossible.
    pub fn read(toml: &str) -> Result<ContactPolicy, PolicyError> {
        let policy = check::parse(toml)?;
        policy.check()?;
        Ok(policy)
    }

    /// The longest time for which something that was sent still counts.
    pub(super) fn longest_days(&self) -> u16 {
        let caps = [self.caps.medium, self.caps.high, self.service.ceiling];
        let caps = caps.iter().map(|most| most.days);
        let also = self.caps.also.iter().map(|cap| cap.days);
        let repeat = self.repeat.purposes.values().copied();
        let longest = caps.chain(also).chain(repeat).max().unwrap_or(0);
        longest.max(self.repeat.days)
    }
}

/// The purposes for which customers of a level are written to, beside `service`. At level low there is
/// nothing beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Levels {
    pub medium: BTreeSet<Purpose>,
    pub high: BTreeSet<Purpose>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Topics {
    /// The purposes for which a message must say what it is about.
    pub required: BTreeSet<Purpose>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pause {
    /// Whether a pause that the customer asked for also holds back service messages.
    pub holds_service: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Complaint {
    /// For how many days an open complaint holds back everything but service. 0 to 366.
    pub days: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Repeat {
    /// Days until the same content may go to the same person again. 0 to 366.
    pub days: u16,
    /// The same for single purposes.
    pub purposes: BTreeMap<Purpose, u16>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QuietHours {
    pub enabled: bool,
    /// From this minute on nobody is written to, where the customer is.
    #[serde(with = "minutes")]
    pub from: Time,
    /// From this minute on people are written to again; before `from`, it is that of the next day.
    #[serde(with = "minutes")]
    pub to: Time,
    /// The channels that wake nobody up.
    pub except_channels: BTreeSet<String>,
    pub except_purposes: BTreeSet<Purpose>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Caps {
    /// What a customer at level medium gets, over all plugins, purposes and channels.
    pub medium: Most,
    pub high: Most,
    /// Further caps, which hold beside the others.
    pub also: Vec<Cap>,
}

/// A number of messages in a rolling window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Most {
    /// 1 to 1000.
    pub most: u16,
    /// The window's length: 1 to 366 days of 24 hours.
    pub days: u16,
}

/// A cap on a part of the messages. A list that is empty is all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// 1 to 1000.
    pub most: u16,
    /// 1 to 366.
    pub days: u16,
    #[serde(default)]
    pub levels: BTreeSet<Level>,
    #[serde(default)]
    pub purposes: BTreeSet<Purpose>,
    #[serde(default)]
    pub channels: BTreeSet<String>,
}

/// Messages that answer to something the customer did. They are beside the caps, not beside this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    /// How many days ago the customer must have done it. 1 to 366.
    pub cause_days: u16,
    /// The most service messages that one customer gets.
    pub ceiling: Most,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Waiting {
    /// For how many days a message waits for its time at the most; beyond, what it says is no longer
    /// for now. 1 to 366.
    pub days: u16,
}

impl Default for Levels {
    fn default() -> Levels {
        use Purpose::*;
        Levels {
            medium: [Care, Education, Community].into(),
            high: [Care, Education, Community, Offer, Survey].into(),
        }
    }
}

impl Default for Complaint {
    fn default() -> Complaint {
        Complaint { days: 30 }
    }
}

impl Default for Repeat {
    fn default() -> Repeat {
        Repeat {
            days: 60,
            purposes: BTreeMap::new(),
        }
    }
}

impl Default for QuietHours {
    fn default() -> QuietHours {
        QuietHours {
            enabled: true,
            from: Time::constant(21, 0, 0, 0),
            to: Time::constant(8, 0, 0, 0),
            except_channels: ["desk".to_owned()].into(),
            except_purposes: BTreeSet::new(),
        }
    }
}

impl Default for Caps {
    fn default() -> Caps {
        Caps {
            medium: Most { most: 2, days: 30 },
            high: Most { most: 1, days: 7 },
            also: Vec::new(),
        }
    }
}

impl Default for Service {
    fn default() -> Service {
        Service {
            cause_days: 30,
            ceiling: Most { most: 5, days: 7 },
        }
    }
}

impl Default for Waiting {
    fn default() -> Waiting {
        Waiting { days: 45 }
    }
}

/// A time of day as `21:00`.
mod minutes {
    use jiff::civil::Time;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&time.strftime("%H:%M"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        let text = String::deserialize(deserializer)?;
        Time::strptime("%H:%M", &text).map_err(|_| {
            serde::de::Error::custom(format!(
                "“{}” is not a time of day: write hours and minutes, such as 21:00",
                crate::text::line(&text, 40)
            ))
        })
    }
}
