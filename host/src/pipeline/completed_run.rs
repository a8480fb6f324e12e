use std::collections::BTreeMap;
use std::sync::Arc;

use super::call::PluginCall;
use super::validate::Refusal;
use crate::model::*;
use crate::plugin_set::Active;
use crate::runtime::Call;
use crate::store::{Change, Changeset, StoredTranscript};

/// The most proposals that are recorded of a refused run.
const SHOWN_OF_REFUSED: usize = 20;

/// A call that was made, on its way to becoming a [`Run`].
pub(crate) struct CompletedRun {
    pub active: Arc<Active>,
    pub id: RunId,
    pub trigger: Trigger,
    pub customer: Option<CustomerId>,
    pub started_at: Timestamp,
    pub attempt: u32,
    /// The call was made on a low-priority thread.
    pub low_priority: bool,
    /// The effects that are not decided yet.
    pub effects: Vec<Effect>,
    /// An action's output; null if the call failed. `None` for events.
    pub output: Option<Json>,
    /// The failure that voids all effects.
    pub failure: Option<Refusal>,
    pub fuel: u64,
    pub micros: u64,
    pub peak_memory: u64,
    pub logs: Vec<LogLine>,
    pub read_plugin_memory: bool,
    /// The decided effects.
    pub proposals: Vec<Proposal>,
    /// For each service message, by index of the effect: the time of the customer's act that it rests on.
    pub causes: BTreeMap<u32, Timestamp>,
    /// For each message, by index of the effect: the fingerprint of its text.
    pub fingerprints: BTreeMap<u32, Fingerprint>,
    /// The effects that the guest returned and the host refused.
    pub returned: Option<Vec<Effect>>,
    /// The transcript, if the run keeps one.
    pub transcript: Option<StoredTranscript>,
}

impl CompletedRun {
    pub(super) fn new(
        call: &PluginCall<'_>,
        made: Call<Vec<Effect>>,
        output: Option<Json>,
    ) -> CompletedRun {
        let (effects, failure) = match made.result {
            Ok(effects) => (effects, None),
            Err(failure) => (Vec::new(), Some((failure.kind, failure.detail))),
        };
        CompletedRun {
            active: call.active.clone(),
            id: call.run,
            trigger: call.trigger(),
            customer: call.customer,
            started_at: call.started_at,
            attempt: call.attempt,
            low_priority: false,
            effects,
            output,
            failure,
            fuel: made.fuel,
            micros: made.micros,
            peak_memory: made.peak_memory,
            logs: made.logs,
            read_plugin_memory: made.read_plugin_memory,
            proposals: Vec::new(),
            causes: BTreeMap::new(),
            fingerprints: BTreeMap::new(),
            returned: None,
            transcript: None,
        }
    }

    /// Voids all effects, and records the first of them as denied proposals.
    pub(super) fn refuse(&mut self, (kind, detail): Refusal) {
        let verdict = Verdict::new("refused", VerdictOutcome::Deny, detail.clone());
        let decision = Decision {
            outcome: VerdictOutcome::Deny,
            verdicts: vec![verdict],
            route: None,
        };
        let effects = std::mem::take(&mut self.effects);
        self.proposals = effects
            .iter()
            .take(SHOWN_OF_REFUSED)
            .map(|effect| Proposal {
                effect: effect.clone(),
                decision: decision.clone(),
                result: None,
            })
            .collect();
        self.returned = Some(effects);
        self.failure = Some((kind, detail));
    }

    /// Returns the kind of failure for the circuit breaker. A low-priority run that timed out says nothing about
    /// its plugin, because it may have had no processor.
    pub fn fault(&self) -> Option<FailureKind> {
        let (kind, _) = self.failure.as_ref()?;
        Some(match kind {
            FailureKind::TimedOut if self.low_priority => FailureKind::Host,
            kind => *kind,
        })
    }

    pub fn outcome(&self) -> RunOutcome {
        match self.failure.clone() {
            None => RunOutcome::Completed,
            Some((failure, detail)) => RunOutcome::Failed { failure, detail },
        }
    }

    /// Adds the run to a changeset, with its transcript if it keeps one.
    pub fn record(mut self, changeset: &mut Changeset) {
        let transcript = self.transcript.take();
        changeset.push(Change::RecordRun(self.into_run()));
        if let Some(transcript) = transcript {
            changeset.push(Change::KeepTranscript(transcript));
        }
    }

    fn into_run(self) -> Run {
        let outcome = self.outcome();
        Run {
            id: self.id,
            installation: self.active.installation.id.clone(),
            digest: self.active.installation.digest,
            trigger: self.trigger,
            customer: self.customer,
            started_at: self.started_at,
            attempt: self.attempt,
            outcome,
            fuel: self.fuel,
            micros: self.micros,
            peak_memory: self.peak_memory,
            logs: self.logs,
            proposals: self.proposals,
        }
    }
}
