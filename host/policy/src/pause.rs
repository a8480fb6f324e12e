use super::{Outreach, Policy, verdict};
use regulars_model::{Purpose, Timestamp, Verdict, VerdictOutcome};

/// Defers messages while the customer's pause lasts.
pub(super) fn judge(
    policy: &Policy,
    now: Timestamp,
    outreach: &Outreach<'_>,
    purpose: Purpose,
) -> Option<Verdict> {
    let Some(until) = outreach.known.paused_until.filter(|&until| until > now) else {
        return verdict(
            "pause",
            VerdictOutcome::Allow,
            "The customer asked for no pause.",
        );
    };
    if purpose == Purpose::Service && !policy.contact.pause.holds_service {
        return verdict(
            "pause",
            VerdictOutcome::Allow,
            "The customer asked for a pause, which service does not wait for.",
        );
    }
    verdict(
        "pause",
        VerdictOutcome::Defer { until: Some(until) },
        format!("The customer asked for a pause until {until}; they can end it sooner."),
    )
}
