use jiff::Timestamp;
use serde_json::Value;

use crate::{Direction, Instant, Interaction, instant};

/// A builder of an interaction. By default it is inbound, now, and without channel, text or data.
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

/// Creates an interaction of a kind, for [`Scene::interaction`](super::Scene::interaction) and
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
    /// Moves it `days` days of 24 hours before the scene's now.
    pub fn days_ago(mut self, days: u32) -> Past {
        self.at = At::Before(i64::from(days) * instant::DAY);
        self
    }

    /// Moves it `hours` hours before the scene's now.
    pub fn hours_ago(mut self, hours: u32) -> Past {
        self.at = At::Before(i64::from(hours) * instant::HOUR);
        self
    }

    /// Sets its time in RFC 3339.
    ///
    /// # Panics
    /// If `moment` is invalid.
    pub fn at(mut self, moment: &str) -> Past {
        self.at = At::Absolute(parse(moment));
        self
    }

    /// Sets its id, instead of a generated one.
    pub fn id(mut self, id: &str) -> Past {
        self.interaction.id = id.to_owned();
        self
    }

    /// Makes it go from the business to the customer.
    pub fn outbound(mut self) -> Past {
        self.interaction.direction = Direction::Outbound;
        self
    }

    /// Makes it internal to the business.
    pub fn internal(mut self) -> Past {
        self.interaction.direction = Direction::Internal;
        self
    }

    /// Sets the place or medium, such as `desk` or `email`.
    pub fn channel(mut self, channel: &str) -> Past {
        self.interaction.channel = Some(channel.to_owned());
        self
    }

    /// Sets the text.
    pub fn body(mut self, body: &str) -> Past {
        self.interaction.body = Some(body.to_owned());
        self
    }

    /// Sets kind-specific data.
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
        .unwrap_or_else(|e| panic!("invalid time {moment:?}: expected RFC 3339: {e}"));
    parsed.as_millisecond()
}
