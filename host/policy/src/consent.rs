use super::route_option::RouteOption;
use super::verdict;
use regulars_model::{ConsentState, Purpose, Verdict, VerdictOutcome};

/// Requires the customer's consent to a purpose: an unknown consent counts as refused. Service messages need
/// no consent, but are not sent against a withdrawn one.
pub(super) fn judge(purpose: Purpose, option: &RouteOption<'_>) -> Option<Verdict> {
    use VerdictOutcome::{Allow, Deny};
    let Some(point) = option.point else {
        return option
            .offered
            .filter(|offered| offered.reaches.is_none())
            .and_then(|_| {
                verdict(
                    "consent",
                    Allow,
                    "It goes to no contact point, and needs no consent.",
                )
            });
    };
    match (point.consents.get(&purpose), purpose) {
        (Some(ConsentState::Given), _) => verdict("consent", Allow, "The customer agreed to it."),
        (Some(ConsentState::Withdrawn), _) => verdict(
            "consent",
            Deny,
            "The customer withdrew their consent to this purpose; only they can give it again.",
        ),
        (None, Purpose::Service) => verdict(
            "consent",
            Allow,
            "Service needs no consent, and none was withdrawn.",
        ),
        (None, _) => verdict(
            "consent",
            Deny,
            "The customer never agreed to this purpose for this kind of contact point; what was not said is no. Ask them.",
        ),
    }
}
