use jiff::Timestamp;
use serde_json::Value;

use crate::{Direction, Instant, Interaction, instant};

/// An interaction to be: what is not said is inbound, right now, without channel, words or data.
#[derive(Debug, Clone)]
pub struct Past {
    at: At,
    interaction: Interaction,
}

#[derive(Debug, Clone, Copy)]
enum At {
    Before(i64),
    Absolute(Instant),
}

/// An interaction of a kind, for [`Scene::interaction`](super::Scene::interaction) and
/// [`Scene::interaction_recorded`](super::Scene::interaction_recorded).
pub fn past(kind: &str) -> Past {
    Past {
        at: At::Before(0),
        interaction: Interaction {
            id: String::new(),
            kind: kind.to_owned(),
            direction: Direction::Inbound,
            occurred_at: 0,
            channel: None,
            subject: None,
            body: None,
            data: "{}".to_owned(),
        },
    }
}

impl Past {
    /// So many days of 24 hours before the scene's now.
    pub fn days_ago(mut self, days: u32) -> Past {
        self.at = At::Before(i64::from(days) * instant::DAY);
        self
    }

    /// So many hours before the scene's now.
    pub fn hours_ago(mut self, hours: u32) -> Past {
        self.at = At::Before(i64::from(hours) * instant::HOUR);
        self
    }

    /// At a moment, RFC 3339.
    ///
    /// # Panics
    /// Where it is not one.
    pub fn at(mut self, moment: &str) -> Past {
        self.at = At::Absolute(parse(moment));
        self
    }

    /// With an id of its own, instead of one that the scene gives.
    pub fn id(mut self, id: &str) -> Past {
        self.interaction.id = id.to_owned();
        self
    }

    /// From the business to the customer.
    pub fn outbound(mut self) -> Past {
        self.interaction.direction = Direction::Outbound;
        self
    }

    /// From the business to itself.
    pub fn internal(mut self) -> Past {
        self.interaction.direction = Direction::Internal;
        self
    }

    /// Where it passed: `desk`, `email`, …
    pub fn channel(mut self, channel: &str) -> Past {
        self.interaction.channel = Some(channel.to_owned());
        self
    }

    /// The words.
    pub fn body(mut self, body: &str) -> Past {
        self.interaction.body = Some(body.to_owned());
        self
    }

    /// Data of the kind.
    pub fn data(mut self, data: Value) -> Past {
        self.interaction.data = data.to_string();
        self
    }

    pub(super) fn into_interaction(
        self,
        now: Instant,
        next_id: impl FnOnce() -> String,
    ) -> Interaction {
        let mut interaction = self.interaction;
        interaction.occurred_at = match self.at {
            At::Before(ago) => now - ago,
            At::Absolute(at) => at,
        };
        if interaction.id.is_empty() {
            interaction.id = next_id();
        }
        interaction
    }
}

pub(super) fn parse(moment: &str) -> Instant {
    let parsed: Timestamp = moment
        .parse()
        .unwrap_or_else(|e| panic!("{moment:?} is no RFC 3339 moment: {e}"));
    parsed.as_millisecond()
}
