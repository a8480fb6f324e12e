use super::instant::{days, instant};
use super::message_history::MessageHistory;
use super::moved::Move;
use super::{Policy, verdict};
use regulars_model::{Fingerprint, InstallationId, Purpose, Verdict, VerdictOutcome};

/// Prevents repeated content, from one plugin or from several.
pub(super) struct Repeat {
    fingerprint: Fingerprint,
    days: u16,
}

impl Repeat {
    pub fn new(policy: &Policy, purpose: Purpose, fingerprint: Fingerprint) -> Repeat {
        let repeat = &policy.contact.repeat;
        let days = repeat.purposes.get(&purpose).copied();
        Repeat {
            fingerprint,
            days: days.unwrap_or(repeat.days),
        }
    }

    /// Returns the first instant from `at` at which the content may be sent.
    pub fn first<'a>(&self, past: &MessageHistory<'a>, mut at: i64, moved: &mut Move<'a>) -> i64 {
        let days = days(self.days);
        for (when, counted) in past.after(at.saturating_sub(days)) {
            if when.saturating_sub(days) >= at {
                break;
            }
            let again = when.saturating_add(days);
            if counted.fingerprint == self.fingerprint && again > at {
                at = again;
                moved.to(at, Some(&counted));
            }
        }
        at
    }

    pub fn verdict(&self, moved: &Move<'_>) -> Option<Verdict> {
        let days = self.days;
        let Some(to) = moved.to else {
            return verdict(
                "repeat",
                VerdictOutcome::Allow,
                "The customer was not told this already.",
            );
        };
        let said = |who: &InstallationId| match moved.concurrent {
            true => format!("{who} says the same at the same time, and goes first"),
            false => format!("The customer is told the same by {who}"),
        };
        let who = moved.by.map_or(String::new(), said);
        verdict(
            "repeat",
            VerdictOutcome::Defer {
                until: Some(instant(to)),
            },
            format!(
                "{who}; the same may be said once in {days} days. Another text would be another message."
            ),
        )
    }
}
