use std::sync::Arc;

use super::Channel;
use crate::policy::Offered;

/// The channel that every host has: a card at the desk.
pub const DESK: &str = "desk";

/// The channels of a host.
#[derive(Clone, Default)]
pub struct Channels {
    others: Vec<Arc<dyn Channel>>,
}

impl Channels {
    /// Returns the desk alone.
    pub fn new() -> Channels {
        Channels::default()
    }

    /// Adds a channel, in place of one of the same name. The desk cannot be replaced.
    #[must_use]
    pub fn with(mut self, channel: Arc<dyn Channel>) -> Channels {
        self.others.retain(|other| other.name() != channel.name());
        if channel.name() != DESK {
            self.others.push(channel);
        }
        self
    }

    pub fn get(&self, name: &str) -> Option<&Arc<dyn Channel>> {
        self.others.iter().find(|channel| channel.name() == name)
    }

    /// Returns the name of a channel whose messages need links, if there is one.
    pub fn needs_links(&self) -> Option<&str> {
        let mut others = self.others.iter();
        let channel = others.find(|channel| channel.needs_links())?;
        Some(channel.name())
    }

    /// Returns the channels that the policy chooses from.
    pub fn offered(&self) -> Vec<Offered> {
        let desk = Offered {
            name: DESK.to_owned(),
            reaches: None,
        };
        let others = self.others.iter().map(|channel| Offered {
            name: channel.name().to_owned(),
            reaches: channel.reaches(),
        });
        std::iter::once(desk).chain(others).collect()
    }
}

/// Returns the problem of a channel that needs links on a host without a public URL.
pub fn missing_links(channel: &str) -> String {
    format!(
        "is missing: every message by {channel} contains links to the customer portal and to unsubscribe; \
         set public_url in the channels file, or pass --public-url, such as https://crm.example.com"
    )
}

impl std::fmt::Debug for Channels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.offered().iter().map(|offered| &offered.name))
            .finish()
    }
}
