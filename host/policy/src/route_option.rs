//! The values that the rules for messages share.

use super::{Offered, Outreach, Policy};
use crate::view::PointView;
use regulars_model::*;

/// A channel and contact point that a message could take.
pub(super) struct RouteOption<'a> {
    /// The channel's name in the message. `None` if the message names none.
    pub named: Option<&'a str>,
    /// `None` if the host does not have the channel.
    pub offered: Option<&'a Offered>,
    pub point: Option<&'a PointView>,
    /// True if every rule about channels allows it.
    pub open: bool,
}

/// The values that all messages decided together share.
#[derive(Clone, Copy)]
pub(super) struct Context<'a, 'o> {
    pub policy: &'a Policy,
    pub now: Timestamp,
    pub level: Level,
    pub outreach: &'o Outreach<'a>,
}
