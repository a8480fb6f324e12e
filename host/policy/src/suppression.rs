use super::route_option::RouteOption;
use super::verdict;
use regulars_model::{SuppressionReason, Verdict, VerdictOutcome};

/// Blocks suppressed contact points, for every purpose and every customer who shares them. No grant, consent
/// or import overrides it.
pub(super) fn judge(option: &RouteOption<'_>) -> Option<Verdict> {
    let Some(point) = option.point else {
        return option.offered.and_then(|_| {
            verdict(
                "suppression",
                VerdictOutcome::Allow,
                "It goes to no contact point that could be suppressed.",
            )
        });
    };
    let detail = match point.suppressed {
        None => {
            return verdict(
                "suppression",
                VerdictOutcome::Allow,
                "The contact point is not suppressed.",
            );
        }
        Some(SuppressionReason::Unsubscribed) => {
            "Somebody unsubscribed this contact point; only the customer can lift that."
        }
        Some(SuppressionReason::Complained) => {
            "Messages to this contact point were reported as unwanted; only the customer can lift that."
        }
        Some(SuppressionReason::Requested) => {
            "Somebody asked that this contact point is not written to; only the customer can lift that."
        }
        Some(SuppressionReason::Erased) => {
            "The data of whoever had this contact point was erased; only the customer can lift that."
        }
    };
    verdict("suppression", VerdictOutcome::Deny, detail)
}
