mod check;

pub use check::PolicyError;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use regulars_model::{Level, Purpose};

/// The policy file: the frequency, times and subjects of messages to customers. Missing settings have the
/// values of [`ContactPolicy::DEFAULT`], which documents every setting.
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
    /// The policy file with the default values, as a starting point.
    pub const DEFAULT: &str = include_str!("../../../policy.default.toml");

    /// Parses and checks a policy file.
    ///
    /// # Errors
    /// [`PolicyError`] names the setting that is unknown, unreadable or out of range.
    pub fn read(toml: &str) -> Result<ContactPolicy, PolicyError> {
        let policy = check::parse(toml)?;
        policy.check()?;
        Ok(policy)
    }

    /// Returns the longest time in days for which a sent message still counts.
    pub(super) fn longest_days(&self) -> u16 {
        let caps = [self.caps.medium, self.caps.high, self.service.ceiling];
        let caps = caps.iter().map(|most| most.days);
        let also = self.caps.also.iter().map(|cap| cap.days);
        let repeat = self.repeat.purposes.values().copied();
        let longest = caps.chain(also).chain(repeat).max().unwrap_or(0);
        longest.max(self.repeat.days)
    }
}

/// The purposes of messages to customers of a level, besides `service`. Level low has only `service`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Levels {
    pub medium: BTreeSet<Purpose>,
    pub high: BTreeSet<Purpose>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Topics {
    /// The purposes whose messages must name a topic.
    pub required: BTreeSet<Purpose>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pause {
    /// True if a customer's pause also holds back service messages.
    pub holds_service: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Complaint {
    /// The days for which an open complaint holds back everything but service messages, 0 to 366. Default:
    /// 30.
    pub days: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Repeat {
    /// The days until the same content may be sent to a customer again, 0 to 366. Default: 60.
    pub days: u16,
    /// The same limit for single purposes.
    pub purposes: BTreeMap<Purpose, u16>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QuietHours {
    pub enabled: bool,
    /// The start of the quiet hours in the customer's local time. Default: 21:00.
    #[serde(with = "minutes")]
    pub from: Time,
    /// The end of the quiet hours, on the next day if it is before `from`. Default: 08:00.
    #[serde(with = "minutes")]
    pub to: Time,
    /// The channels without quiet hours, because they wake nobody.
    pub except_channels: BTreeSet<String>,
    pub except_purposes: BTreeSet<Purpose>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Caps {
    /// The cap of a customer at level medium, over all plugins, purposes and channels.
    pub medium: Most,
    pub high: Most,
    /// Additional caps, which apply as well as the others.
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

/// A cap on a part of the messages. An empty list means all.
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

/// The limits of service messages, which answer an act of the customer. The other caps do not apply to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    /// The maximum age in days of the interaction that is answered, 1 to 366. Default: 30.
    pub cause_days: u16,
    /// The cap on service messages for one customer.
    pub ceiling: Most,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Waiting {
    /// The maximum days that a message waits, 1 to 366. Older content is considered outdated. Default: 45.
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

/// Serialization of a time of day as `21:00`.
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
                "invalid time of day “{}”: expected hours and minutes, such as 21:00",
                regulars_model::text::line(&text, 40)
            ))
        })
    }
}
