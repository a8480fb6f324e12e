use crate::error::Blame;
use crate::model::FailureKind;

/// How a plugin's runs on events went lately.
#[derive(Debug, Default)]
pub(super) struct Health {
    failures: u32,
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
        /// For those who may see its runs: with the plugin's own words.
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
    pub fn ran(&mut self, trial: bool, failure: Option<(FailureKind, &str)>, too_many: u32) {
        let fault = failure.filter(|(kind, _)| kind.blame() == Blame::Guest);
        if trial {
            let host = failure.is_some_and(|(kind, _)| kind.blame() == Blame::Host);
            self.verdict = match fault {
                Some((failure, detail)) => Some(Verdict::Longer {
                    failure,
                    reason: format!("it was tried again and failed: {detail}"),
                }),
                // It was not tried after all.
                None if host => None,
                None => Some(Verdict::Enable),
            };
            return;
        }
        match (fault, failure) {
            (Some((failure, detail)), _) => {
                self.failures = self.failures.saturating_add(1);
                if self.failures >= too_many.max(1) && self.verdict.is_none() {
                    self.verdict = Some(Verdict::Quarantine {
                        failure,
                        reason: format!(
                            "{} runs in a row failed, the last one: {detail}",
                            self.failures
                        ),
                    });
                }
            }
            (None, None) => self.failures = 0,
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
        self.failures = 0;
        self.verdict = None;
    }
}
