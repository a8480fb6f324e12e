use super::instant::{DAY, NEVER, instant, nanos};
use super::{Candidate, Policy, service, verdict};
use regulars_model::{MessageProposal, Purpose, Timestamp, Verdict, VerdictOutcome};

/// The deadline of a message, with its reason.
///
/// It prevents messages that are no longer true, and answers to something long ago.
#[derive(Clone, Copy)]
pub(super) struct Deadline {
    /// Nanoseconds since 1970, inclusive.
    pub at: i64,
    reason: Reason,
}

#[derive(Clone, Copy)]
enum Reason {
    Expires(Timestamp),
    Cause(Timestamp),
    Waiting(u16),
}

impl Deadline {
    pub fn of(
        policy: &Policy,
        now: Timestamp,
        candidate: &Candidate<'_>,
        message: &MessageProposal,
    ) -> Deadline {
        let days = policy.contact.waiting.days;
        let since = candidate.prior.map_or(now, |prior| prior.decided_at);
        let from = message.not_before.map_or(since, |from| from.max(since));
        let mut deadline = Deadline {
            at: nanos(from).saturating_add(DAY * i64::from(days)),
            reason: Reason::Waiting(days),
        };
        let mut sooner = |at: i64, reason: Reason| {
            if at < deadline.at {
                deadline = Deadline { at, reason };
            }
        };
        if let Some(cause) = candidate.cause_at
            && message.purpose == Purpose::Service
        {
            sooner(nanos(service::last(policy, cause)), Reason::Cause(cause));
        }
        if let Some(expires) = message.expires {
            let at = nanos(expires);
            // The message is useless at the very instant of its expiry. An instant that never comes does not
            // expire.
            let at = if at == NEVER {
                NEVER
            } else {
                at.saturating_sub(1)
            };
            sooner(at, Reason::Expires(expires));
        }
        deadline
    }

    /// Returns the verdict about a message whose first possible instant is past the deadline.
    pub fn verdict(&self, first: i64) -> Option<Verdict> {
        let first = instant(first);
        let (rule, detail) = match self.reason {
            Reason::Expires(expires) => (
                "expiry",
                format!(
                    "It may go on {first} at the earliest, and it is useful until {expires} only."
                ),
            ),
            Reason::Cause(cause) => (
                "service",
                format!(
                    "It may go on {first} at the earliest, and what it answers, of {cause}, is too long ago then."
                ),
            ),
            Reason::Waiting(days) => (
                "waiting",
                format!(
                    "It may go on {first} at the earliest, and a message waits for {days} days at the most (the policy's “waiting.days”)."
                ),
            ),
        };
        verdict(rule, VerdictOutcome::Deny, detail)
    }
}
