use jiff::SignedDuration;

use super::{Outreach, Policy, verdict};
use regulars_model::{Purpose, Timestamp, Verdict, VerdictOutcome};

/// Stops messages to a customer who waits for an answer to a complaint. They are denied and not deferred,
/// because their content predates the complaint.
pub(super) fn judge(
    policy: &Policy,
    now: Timestamp,
    outreach: &Outreach<'_>,
    purpose: Purpose,
) -> Option<Verdict> {
    let Some(since) = outreach.known.complaint_since else {
        return verdict("complaint", VerdictOutcome::Allow, "No complaint is open.");
    };
    if purpose == Purpose::Service {
        return verdict(
            "complaint",
            VerdictOutcome::Allow,
            "A complaint is open, which service does not wait for.",
        );
    }
    let days = policy.contact.complaint.days;
    let until = since.checked_add(SignedDuration::from_hours(24 * i64::from(days)));
    let until = until.unwrap_or(Timestamp::MAX);
    if until <= now {
        return verdict(
            "complaint",
            VerdictOutcome::Allow,
            format!("A complaint is open, for {days} days or more."),
        );
    }
    verdict(
        "complaint",
        VerdictOutcome::Deny,
        format!(
            "A complaint is open since {since}. Nothing but service goes to the customer until it is closed, or {days} days have passed."
        ),
    )
}
