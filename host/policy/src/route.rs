use super::route_option::RouteOption;
use super::{Candidate, verdict};
use regulars_model::{Route, Verdict, VerdictOutcome};

/// Pins a message whose delivery is unconfirmed to its first channel and address, so that a retry cannot
/// deliver it twice. The channel may have no id to detect duplicates.
pub(super) fn judge(candidate: &Candidate<'_>, options: &mut [RouteOption<'_>]) -> Option<Verdict> {
    let route = candidate.prior?.route?;
    for option in options.iter_mut() {
        option.open &= is(option, route);
    }
    let channel = regulars_model::text::line(&route.channel, 40);
    match options.iter().any(|option| is(option, route)) {
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

fn is(option: &RouteOption<'_>, route: &Route) -> bool {
    option.named == Some(route.channel.as_str())
        && option.point.map(|point| point.hash) == route.point
}
