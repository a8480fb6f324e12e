use crate::error::Blame;
use crate::model::FailureKind;

/// A plugin's own words may be about anybody, and would outlast their erasure in its record: its runs have them.
const LOOK: &str = "`regulars run list` shows what it said";

/// How a plugin's runs went lately.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// Runs on events that failed in a row.
    failures: u32,
    /// The same of actions: those that go well make up for no event.
    failed_actions: u32,
    /// A run on a quarantined plugin is under way.
    trial: bool,
    /// Stands until the record says so.
    verdict: Option<Verdict>,
}

/// What is to become of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Too many runs in a row failed.
    Quarantine {
        failure: FailureKind,
        reason: String,
    },
    /// The trial failed.
    Longer {
        failure: FailureKind,
        reason: String,
    },
    /// The trial went well.
    Enable,
}

impl Health {
    /// One run, and why it failed. What is not the plugin's fault says nothing of it.
    pub fn ran(&mut self, trial: bool, action: bool, failure: Option<FailureKind>, too_many: u32) {
        // Whoever calls an action hears it where the plugin declines: that is an answer.
        let answered = |kind| action && matches!(kind, FailureKind::Retry | FailureKind::Permanent);
        let failure = failure.filter(|kind| !answered(*kind));
        let fault = failure.filter(|kind| kind.blame() == Blame::Guest);
        if trial {
            let host = failure.is_some_and(|kind| kind.blame() == Blame::Host);
            self.verdict = match fault {
                Some(failure) => Some(Verdict::Longer {
                    failure,
                    reason: format!("it was tried again and failed ({failure}): {LOOK}"),
                }),
                // It was not tried after all.
                None if host => None,
                None => Some(Verdict::Enable),
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
                if *failures >= too_many.max(1) && self.verdict.is_none() {
                    self.verdict = Some(Verdict::Quarantine {
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

    pub fn verdict(&self) -> Option<&Verdict> {
        self.verdict.as_ref()
    }

    /// Whether a quarantined plugin is not being tried already.
    pub fn may_try(&self) -> bool {
        !self.trial && self.verdict.is_none()
    }

    pub fn begin_trial(&mut self) {
        self.trial = true;
    }

    pub fn end_trial(&mut self) {
        self.trial = false;
    }

    /// Forgets everything but a trial that is under way.
    pub fn renew(&mut self) {
        (self.failures, self.failed_actions) = (0, 0);
        self.verdict = None;
    }
}
