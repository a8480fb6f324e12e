use super::{Candidate, verdict};
use regulars_model::{Effect, Timestamp, Verdict, VerdictOutcome};

/// Denies proposals whose use has expired.
pub(super) fn judge(now: Timestamp, candidate: &Candidate<'_>) -> Option<Verdict> {
    let expires = match candidate.effect {
        Effect::Suggest(suggestion) => suggestion.expires,
        Effect::Message(message) => message.expires,
        _ => return None,
    }?;
    if expires > now {
        return verdict(
            "expiry",
            VerdictOutcome::Allow,
            format!("It is useful until {expires}."),
        );
    }
    verdict(
        "expiry",
        VerdictOutcome::Deny,
        format!("It was useful until {expires}, which had passed when it was proposed."),
    )
}
