use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::aside::aside;
use super::check::{Refusal, check};
use super::quota;
use super::transcript::keep as keep_transcript;
use crate::host::Core;
use crate::model::*;
use crate::plugin::Active;
use crate::runtime::{Call, HistoryEntry, Invocation};
use crate::snapshot::Snapshot;
use crate::store::{Change, Changeset, Memory, StoreError, StoredTranscript};

/// Why nothing was called. Its gate lets nobody in to a plugin that is broken.
pub(crate) const BROKEN: &str = "the plugin does not load here";

/// A call that was made, on its way to becoming a [`Run`].
pub(crate) struct Ran {
    pub active: Arc<Active>,
    pub id: RunId,
    pub trigger: Trigger,
    pub customer: Option<CustomerId>,
    pub started_at: Timestamp,
    pub attempt: u32,
    /// Whether it was made on a thread that gives way to all others.
    pub aside: bool,
    pub effects: Vec<Effect>,
    /// Why none of the effects counts.
    pub failure: Option<Refusal>,
    pub fuel: u64,
    pub micros: u64,
    pub peak_memory: u64,
    pub logs: Vec<LogLine>,
    pub read_plugin_memory: bool,
    pub proposals: Vec<Proposal>,
    /// Of a service message, by its place among the effects: when the customer last did something that it
    /// rests on.
    pub causes: BTreeMap<u32, Timestamp>,
    /// Of every message that is decided, by its place among the effects: what it says, folded.
    pub fingerprints: BTreeMap<u32, Fingerprint>,
    /// What the guest returned, where the host took it away: the failure is the host's verdict then.
    pub returned: Option<Vec<Effect>>,
    /// To be kept with the run.
    pub transcript: Option<StoredTranscript>,
}

/// Calls one plugin with an event, and checks what it returns.
pub(super) fn run(
    core: &Core,
    active: &Arc<Active>,
    snapshot: &Snapshot,
    event: &Event,
    attempt: u32,
) -> Result<Ran, StoreError> {
    let installation = &active.installation;
    let id = run_id(event, &installation.id, attempt);
    let seen = Arc::new(snapshot.view(active));
    let gives_way = active.gate.is_slow();
    let call = match active.plugin() {
        Some(plugin) if gives_way => {
            aside(|| core.runtime.handle_low_priority(plugin, &seen, event))
        }
        Some(plugin) => core.runtime.handle(plugin, &seen, event),
        None => Call::not_made(BROKEN),
    };
    let mut ran = report(
        active,
        id,
        Trigger::from(event),
        Some(event.customer),
        core.clock.now(),
        attempt,
        call,
    );
    ran.aside = gives_way;
    let known = known(&snapshot.history, event);
    let (of_customer, own) = snapshot.memory(&installation.id);
    refused(core, &mut ran, &known, (&of_customer, &own), event.time)?;
    keep_transcript(core, &mut ran, &seen, None, || Invocation::Event {
        event: event.data.clone(),
    });
    Ok(ran)
}

/// What is the customer's for certain: the history that was loaded, and what the event is about.
pub(crate) fn known(history: &[Arc<HistoryEntry>], event: &Event) -> HashSet<InteractionId> {
    let mut known: HashSet<InteractionId> = history.iter().map(|past| past.id).collect();
    if let EventData::InteractionRecorded { interaction } = &event.data {
        known.insert(interaction.id);
    }
    known
}

/// The same attempt of the same plugin at the same event always has the same id.
pub(crate) fn run_id(event: &Event, plugin: &InstallationId, attempt: u32) -> RunId {
    RunId(crate::ids::derived_at(
        event.time,
        &[
            b"run",
            event.id.0.as_bytes(),
            plugin.as_str().as_bytes(),
            &attempt.to_le_bytes(),
        ],
    ))
}

/// What a call came to, before its effects are looked at.
pub(crate) fn report(
    active: &Arc<Active>,
    id: RunId,
    trigger: Trigger,
    customer: Option<CustomerId>,
    started_at: Timestamp,
    attempt: u32,
    call: Call<Vec<Effect>>,
) -> Ran {
    let (effects, failure) = match call.result {
        Ok(effects) => (effects, None),
        Err(failure) => (Vec::new(), Some((failure.kind, failure.detail))),
    };
    Ran {
        active: active.clone(),
        id,
        trigger,
        customer,
        started_at,
        attempt,
        aside: false,
        effects,
        failure,
        fuel: call.fuel,
        micros: call.micros,
        peak_memory: call.peak_memory,
        logs: call.logs,
        read_plugin_memory: call.read_plugin_memory,
        proposals: Vec::new(),
        causes: BTreeMap::new(),
        fingerprints: BTreeMap::new(),
        returned: None,
        transcript: None,
    }
}

/// Tells how many of these interactions are the customer's own.
type Owned<'a> = dyn Fn(CustomerId, &[InteractionId]) -> Result<usize, StoreError> + 'a;

/// What checking a run asks of the customer's records.
pub(crate) struct Records<'a> {
    pub owned: &'a Owned<'a>,
    /// The keys of the timers that the plugin has set for the customer.
    pub timers: &'a dyn Fn(CustomerId) -> Result<Vec<String>, StoreError>,
}

/// Refuses the run where one of its effects may not be: then none of them counts.
pub(crate) fn refused(
    core: &Core,
    ran: &mut Ran,
    known: &HashSet<InteractionId>,
    memories: (&Memory, &Memory),
    now: Timestamp,
) -> Result<(), StoreError> {
    let plugin = ran.active.installation.id.clone();
    let records = Records {
        owned: &|customer, ids| core.store.owned(customer, ids),
        timers: &|customer| core.store.timer_keys(&plugin, customer),
    };
    refused_by(&records, ran, known, memories, now)
}

/// [`refused`], by records that are kept somewhere else.
pub(crate) fn refused_by(
    records: &Records<'_>,
    ran: &mut Ran,
    known: &HashSet<InteractionId>,
    (of_customer, own): (&Memory, &Memory),
    now: Timestamp,
) -> Result<(), StoreError> {
    if ran.failure.is_some() || ran.effects.is_empty() {
        return Ok(());
    }
    let checked = check(
        records.owned,
        &ran.active,
        ran.customer,
        known,
        now,
        &ran.effects,
    )?;
    let mut checked = checked.and_then(|()| quota::check(of_customer, own, &ran.effects));
    if checked.is_ok() {
        checked = quota::timers(records.timers, ran.customer, &ran.effects)?;
    }
    if let Err((kind, detail)) = checked {
        let verdict = Verdict::new("refused", VerdictOutcome::Deny, detail.clone());
        let decision = Decision {
            outcome: VerdictOutcome::Deny,
            verdicts: vec![verdict],
            route: None,
        };
        // A guest may return a great many; what shows the mistake is enough.
        let effects = std::mem::take(&mut ran.effects);
        ran.proposals = effects
            .iter()
            .take(20)
            .map(|effect| Proposal {
                effect: effect.clone(),
                decision: decision.clone(),
                result: None,
            })
            .collect();
        ran.returned = Some(effects);
        ran.failure = Some((kind, detail));
    }
    Ok(())
}

impl Ran {
    /// Why it failed, and so whose fault it is: that a run which gives way got no processor in time says
    /// nothing of its plugin.
    pub fn fault(&self) -> Option<FailureKind> {
        let (kind, _) = self.failure.as_ref()?;
        Some(match kind {
            FailureKind::TimedOut if self.aside => FailureKind::Host,
            kind => *kind,
        })
    }

    pub fn outcome(&self) -> RunOutcome {
        match self.failure.clone() {
            None => RunOutcome::Completed,
            Some((failure, detail)) => RunOutcome::Failed { failure, detail },
        }
    }

    /// Records the run, with its transcript where it keeps one.
    pub fn record(mut self, changeset: &mut Changeset) {
        let transcript = self.transcript.take();
        changeset.push(Change::RecordRun(self.into_run()));
        if let Some(transcript) = transcript {
            changeset.push(Change::KeepTranscript(transcript));
        }
    }

    /// The row that is kept.
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
