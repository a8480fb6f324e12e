use std::time::Duration;

use regulars_model::backoff::Backoff;

use jiff::SignedDuration;

use regulars_model::Blame;
use regulars_model::{FailureKind, Installation, InstallationState, Timestamp, Trouble};

/// The end of every reason. A plugin's own words may name customers and would outlast their erasure in its
/// record; they stay in its runs.
const LOOK: &str = "`regulars run list` shows what it said";

/// Counts a plugin's failures in a row, and quarantines it when they are too many.
#[derive(Debug, Default)]
pub(super) struct CircuitBreaker {
    /// Failures in a row, of runs on events.
    failures: u32,
    /// Failures in a row, of actions. A successful action does not reset the failures of events.
    failed_actions: u32,
    /// A quarantined plugin is being tried (half open).
    trial: bool,
    /// Stands until it is written to the plugin's record.
    transition: Option<Transition>,
}

/// A change of a plugin's state that its runs caused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    /// Too many runs in a row failed: the plugin is quarantined.
    Open {
        failure: FailureKind,
        reason: String,
    },
    /// A trial failed: the quarantine is extended.
    Extend {
        failure: FailureKind,
        reason: String,
    },
    /// A trial succeeded: the quarantine ends.
    Close,
}

/// The times between the trials of a quarantined plugin.
#[derive(Debug, Clone, Copy)]
pub struct QuarantinePeriods {
    /// Doubles with each failed trial.
    pub first: Duration,
    pub longest: Duration,
}

impl CircuitBreaker {
    /// Counts one run. Failures that are not the plugin's fault change nothing.
    pub fn completed(
        &mut self,
        trial: bool,
        action: bool,
        failure: Option<FailureKind>,
        too_many: u32,
    ) {
        // An action that declines has answered its caller.
        let answered = |kind| action && matches!(kind, FailureKind::Retry | FailureKind::Permanent);
        let failure = failure.filter(|kind| !answered(*kind));
        let fault = failure.filter(|kind| kind.blame() == Blame::Guest);
        if trial {
            let host = failure.is_some_and(|kind| kind.blame() == Blame::Host);
            self.transition = match fault {
                Some(failure) => Some(Transition::Extend {
                    failure,
                    reason: format!("it was tried again and failed ({failure}): {LOOK}"),
                }),
                // The trial did not reach the plugin.
                None if host => None,
                None => Some(Transition::Close),
            };
            return;
        }
        let (failures, what) = match action {
            false => (&mut self.failures, "runs"),
            true => (&mut self.failed_actions, "actions"),
        };
        match (fault, failure) {
            (Some(failure), _) => {
                *failures = failures.saturating_add(1);
                if *failures >= too_many.max(1) && self.transition.is_none() {
                    self.transition = Some(Transition::Open {
                        failure,
                        reason: format!(
                            "{failures} {what} in a row failed, the last one with {failure}: {LOOK}"
                        ),
                    });
                }
            }
            (None, None) => *failures = 0,
            (None, Some(_)) => {}
        }
    }

    /// Returns the transition that is not yet written to the plugin's record.
    pub fn transition(&self) -> Option<&Transition> {
        self.transition.as_ref()
    }

    /// Returns true if a quarantined plugin is not being tried already.
    pub fn may_try(&self) -> bool {
        !self.trial && self.transition.is_none()
    }

    /// Half-opens the breaker for one run.
    pub fn half_open(&mut self) {
        self.trial = true;
    }

    pub fn end_trial(&mut self) {
        self.trial = false;
    }

    /// Forgets all failures. A trial that is running goes on.
    pub fn reset(&mut self) {
        (self.failures, self.failed_actions) = (0, 0);
        self.transition = None;
    }
}

impl Transition {
    /// Changes the plugin's record. A record that a person changed in the meantime stays as it is.
    pub fn apply(
        &self,
        installation: &mut Installation,
        now: Timestamp,
        periods: QuarantinePeriods,
    ) {
        match (self, installation.state) {
            (Transition::Open { reason, .. }, InstallationState::Enabled) => {
                installation.state = InstallationState::Quarantined;
                installation.trouble = Some(Trouble {
                    reason: regulars_model::text::line(reason, 500),
                    since: now,
                    next_trial: Some(periods.next_trial(now, 0)),
                    trials: 0,
                });
            }
            (Transition::Extend { reason, .. }, InstallationState::Quarantined) => {
                if let Some(trouble) = &mut installation.trouble {
                    trouble.trials += 1;
                    trouble.reason = regulars_model::text::line(reason, 500);
                    trouble.next_trial = Some(periods.next_trial(now, trouble.trials));
                }
            }
            (Transition::Close, InstallationState::Quarantined) => {
                installation.state = InstallationState::Enabled;
                installation.trouble = None;
            }
            _ => {}
        }
    }
}

impl QuarantinePeriods {
    /// Returns the time of the next trial, after `trials` that failed.
    fn next_trial(self, now: Timestamp, trials: u32) -> Timestamp {
        let signed = |duration| SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
        let backoff = Backoff {
            first: signed(self.first),
            factor: 2,
            longest: signed(self.longest),
        };
        let period = backoff.after(trials.saturating_add(1));
        let period = period.max(SignedDuration::from_millis(1));
        now.checked_add(period).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAULT: Option<FailureKind> = Some(FailureKind::Trap);

    fn periods() -> QuarantinePeriods {
        QuarantinePeriods {
            first: Duration::from_secs(60),
            longest: Duration::from_secs(3600),
        }
    }

    #[test]
    fn opens_after_too_many_failures_in_a_row() {
        let mut breaker = CircuitBreaker::default();
        breaker.completed(false, false, FAULT, 2);
        breaker.completed(false, false, None, 2);
        breaker.completed(false, false, FAULT, 2);
        // Failures of the host and of actions do not count.
        breaker.completed(false, false, Some(FailureKind::Host), 2);
        breaker.completed(false, true, FAULT, 2);
        assert_eq!(breaker.transition(), None);
        breaker.completed(false, false, FAULT, 2);
        let opened = matches!(breaker.transition(), Some(Transition::Open { .. }));
        assert!(opened && !breaker.may_try());
    }

    #[test]
    fn a_trial_extends_or_closes() {
        let mut breaker = CircuitBreaker::default();
        breaker.half_open();
        assert!(!breaker.may_try());
        breaker.completed(true, false, FAULT, 2);
        let extended = matches!(breaker.transition(), Some(Transition::Extend { .. }));
        assert!(extended);
        breaker.end_trial();
        breaker.reset();
        breaker.completed(true, false, Some(FailureKind::Host), 2);
        assert_eq!(breaker.transition(), None, "the plugin was not reached");
        breaker.completed(true, false, None, 2);
        assert_eq!(breaker.transition(), Some(&Transition::Close));
    }

    #[test]
    fn periods_double_up_to_the_longest() {
        let wait = |trials| {
            let now = Timestamp::UNIX_EPOCH;
            periods().next_trial(now, trials).as_second()
        };
        let waits: Vec<i64> = [0, 1, 5, 6, 40].into_iter().map(wait).collect();
        assert_eq!(waits, [60, 120, 1920, 3600, 3600]);
    }
}
