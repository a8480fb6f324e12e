use super::message::Way;
use super::{Candidate, verdict};
use crate::model::{Route, Verdict, VerdictOutcome};

/// Pins a message whose delivery is unconfirmed to its first channel and address, so that a retry cannot
/// deliver it twice. The channel may have no id to detect duplicates.
pub(super) fn judge(candidate: &Candidate<'_>, ways: &mut [Way<'_>]) -> Option<Verdict> {
    let route = candidate.before?.route?;
    for way in ways.iter_mut() {
        way.open &= is(way, route);
    }
    let channel = crate::text::line(&route.channel, 40);
    match ways.iter().any(|way| is(way, route)) {
        true => verdict(
            "route",
            VerdictOutcome::Allow,
            format!(
                "It may have arrived by {channel} already: it goes that way again, and no other."
            ),
        ),
        false => verdict(
            "route",
            VerdictOutcome::Deny,
            format!(
                "It may have arrived by {channel} already, at a contact point that is not there any more: by another way it could come twice."
            ),
        ),
    }
}

fn is(way: &Way<'_>, route: &Route) -> bool {
    way.named == Some(route.channel.as_str()) && way.point.map(|point| point.hash) == route.point
}
