use jiff::SignedDuration;

use super::{Candidate, Policy, verdict};
use regulars_model::{Purpose, Timestamp, Verdict, VerdictOutcome};

/// Prevents advertising under the purpose `service`: the operator must grant it, and each message must answer
/// a recent act of the customer.
pub(super) fn judge(
    policy: &Policy,
    now: Timestamp,
    candidate: &Candidate<'_>,
    purpose: Purpose,
) -> Option<Verdict> {
    use VerdictOutcome::{Allow, Deny};
    if purpose != Purpose::Service {
        return None;
    }
    if !candidate.service_granted {
        return verdict(
            "service",
            Deny,
            format!(
                "{} may not send service messages: grant it that, or let the message name the purpose that it has.",
                candidate.installation
            ),
        );
    }
    let days = policy.contact.service.cause_days;
    let Some(cause) = candidate.cause_at else {
        return verdict(
            "service",
            Deny,
            "It cites nothing that came from the customer: a service message names the interaction that it answers.",
        );
    };
    if cause > now {
        return verdict(
            "service",
            Deny,
            format!("What it answers is dated {cause}, which is still to come."),
        );
    }
    if last(policy, cause) < now {
        return verdict(
            "service",
            Deny,
            format!(
                "What it answers happened on {cause}; a service message answers to something of the last {days} days."
            ),
        );
    }
    verdict(
        "service",
        Allow,
        format!("It answers to what the customer did on {cause}."),
    )
}

/// Returns the last instant at which an interaction can be answered.
pub(super) fn last(policy: &Policy, cause: Timestamp) -> Timestamp {
    let days = i64::from(policy.contact.service.cause_days);
    let last = cause.checked_add(SignedDuration::from_hours(24 * days));
    last.unwrap_or(Timestamp::MAX)
}
