//! Keeping what a run depended on, so that it can be made again, and removing what was kept when its
//! time is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use jiff::SignedDuration;

use super::Ran;
use crate::config::Transcripts;
use crate::error::Error;
use crate::host::Core;
use crate::model::*;
use crate::runtime::{CONTRACT, CallFailure, CallOutput, Invocation, PluginView, RunLimits};
use crate::store::{Change, Changeset, StaleTranscripts, StoredTranscript};
use crate::transcript::{Format, Transcript};

/// How many transcripts one step removes.
const PAGE: u32 = 500;
/// Old ones are looked for when so many new ones were kept,
const AFTER: u32 = 250;
/// or so much later.
const LATER: SignedDuration = SignedDuration::from_hours(1);

impl Transcripts {
    /// Whether a run that completes keeps its transcript. The end of a run's id is random, or a hash.
    pub(crate) fn choose(&self, run: RunId) -> bool {
        let (_, random) = run.0.as_u64_pair();
        self.one_in != 0 && random % u64::from(self.one_in) == 0
    }
}

/// Adds to a run the transcript that it is to keep: to any that failed, and to those of the others
/// that are chosen. Nothing is made for the rest.
pub(crate) fn keep(
    core: &Core,
    ran: &mut Ran,
    seen: &Arc<PluginView>,
    output: Option<&Json>,
    called: impl FnOnce() -> Invocation,
) {
    let config = &core.config.transcripts;
    if ran.failure.is_none() && !config.choose(ran.id) {
        return;
    }
    // The call itself went well where the host refused what it returned.
    let returned = ran.returned.take();
    let answered = returned.is_some() || ran.failure.is_none();
    let answer = CallOutput {
        effects: returned.unwrap_or_else(|| ran.effects.clone()),
        output: output.filter(|_| answered).cloned(),
        failure: ran
            .failure
            .clone()
            .filter(|_| !answered)
            .map(|(kind, detail)| CallFailure { kind, detail }),
        fuel: ran.fuel,
        micros: ran.micros,
        peak_memory: ran.peak_memory,
        logs: ran.logs.clone(),
    };
    let installation = &ran.active.installation;
    let transcript = Transcript {
        format: Format,
        contract: CONTRACT.to_owned(),
        run: ran.id,
        plugin: installation.id.clone(),
        digest: installation.digest,
        started_at: ran.started_at,
        trigger: ran.trigger.clone(),
        called: called(),
        grants: installation.grants.clone(),
        seen: seen.clone(),
        limits: RunLimits::of(core.runtime.config()),
        answer,
        outcome: ran.outcome(),
        masked: None,
    };
    let (size, packed) = match transcript.pack(config.max_bytes) {
        Ok(Some(packed)) => (packed.size, Some(packed.bytes)),
        Ok(None) => {
            tracing::warn!(
                run = %ran.id,
                "its transcript is larger than `transcripts.max_bytes` and was not kept"
            );
            (0, None)
        }
        // A run is worth more than its transcript.
        Err(error) => {
            tracing::error!(run = %ran.id, %error, "its transcript could not be packed");
            return;
        }
    };
    core.pruning.kept();
    ran.transcript = Some(StoredTranscript {
        run: ran.id,
        kept_at: core.clock.now(),
        size,
        packed,
    });
}

/// Removes some of the transcripts that have had their time. Gives how many.
pub(super) fn prune(core: &Arc<Core>) -> Result<usize, Error> {
    let now = core.clock.now();
    if !core.pruning.due(now) {
        return Ok(0);
    }
    let config = &core.config.transcripts;
    let days = SignedDuration::from_hours(24 * i64::from(config.days));
    let stale = StaleTranscripts {
        before: now.checked_sub(days).unwrap_or(Timestamp::MIN),
        beyond: config.per_plugin,
    };
    let runs = core.store.stale_transcripts(&stale, PAGE)?;
    let removed = runs.len();
    if removed > 0 {
        let mut changeset = Changeset::new();
        for run in runs {
            changeset.push(Change::DropTranscript(run));
        }
        core.commit(changeset)?;
    }
    if removed < PAGE as usize {
        core.pruning.done(now);
    }
    Ok(removed)
}

/// When to look for transcripts that can go: looking costs a little, and is done seldom.
#[derive(Debug, Default)]
pub(crate) struct Pruning {
    /// Since the last look.
    kept: AtomicU32,
    /// The next look, in milliseconds since 1970; the first comes with the start.
    next: AtomicI64,
}

impl Pruning {
    fn kept(&self) {
        self.kept.fetch_add(1, Ordering::Relaxed);
    }

    fn due(&self, now: Timestamp) -> bool {
        self.kept.load(Ordering::Relaxed) >= AFTER
            || now.as_millisecond() >= self.next.load(Ordering::Relaxed)
    }

    fn done(&self, now: Timestamp) {
        self.kept.store(0, Ordering::Relaxed);
        let next = now.checked_add(LATER).unwrap_or(Timestamp::MAX);
        self.next.store(next.as_millisecond(), Ordering::Relaxed);
    }
}
