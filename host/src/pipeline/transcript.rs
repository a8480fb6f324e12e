//! Transcripts of runs, from which a run can be replayed.

use super::call::{Hook, PluginCall};
use super::completed_run::CompletedRun;
use crate::config::Transcripts;
use crate::engine::Engine;
use crate::model::*;
use crate::runtime::{CONTRACT, CallFailure, CallOutput, Invocation, RunLimits};
use crate::store::StoredTranscript;
use crate::transcript::{Format, Transcript};

impl Transcripts {
    /// Returns true if a completed run keeps its transcript. The end of a run's id is random, or a hash.
    fn chooses(&self, run: RunId) -> bool {
        let (_, random) = run.0.as_u64_pair();
        self.one_in != 0 && random % u64::from(self.one_in) == 0
    }
}

/// Adds a transcript to each failed run, and to a share of the completed ones.
pub(super) fn keep_transcript(engine: &Engine, run: &mut CompletedRun, call: &PluginCall<'_>) {
    let config = &engine.config.transcripts;
    if run.failure.is_none() && !config.chooses(run.id) {
        return;
    }
    // A run that the host refused has an answer: the call itself succeeded.
    let returned = run.returned.take();
    let answered = returned.is_some() || run.failure.is_none();
    let answer = CallOutput {
        effects: returned.unwrap_or_else(|| run.effects.clone()),
        output: run.output.clone().filter(|_| answered),
        failure: run
            .failure
            .clone()
            .filter(|_| !answered)
            .map(|(kind, detail)| CallFailure { kind, detail }),
        fuel: run.fuel,
        micros: run.micros,
        peak_memory: run.peak_memory,
        logs: run.logs.clone(),
    };
    let installation = &run.active.installation;
    let transcript = Transcript {
        format: Format,
        contract: CONTRACT.to_owned(),
        run: run.id,
        plugin: installation.id.clone(),
        digest: installation.digest,
        started_at: run.started_at,
        trigger: run.trigger.clone(),
        called: called(call.hook),
        grants: installation.grants.clone(),
        seen: call.view.clone(),
        limits: RunLimits::of(engine.runtime.config()),
        answer,
        outcome: run.outcome(),
        masked: None,
    };
    let (size, packed) = match transcript.pack(config.max_bytes) {
        Ok(Some(packed)) => (packed.size, Some(packed.bytes)),
        Ok(None) => {
            tracing::warn!(
                run = %run.id,
                "its transcript is larger than `transcripts.max_bytes` and was not kept"
            );
            (0, None)
        }
        // The run is recorded without its transcript.
        Err(error) => {
            tracing::error!(run = %run.id, %error, "its transcript could not be packed");
            return;
        }
    };
    engine.count_transcript();
    run.transcript = Some(StoredTranscript {
        run: run.id,
        kept_at: engine.clock.now(),
        size,
        packed,
    });
}

fn called(hook: Hook<'_>) -> Invocation {
    match hook {
        Hook::Event(event) => Invocation::Event {
            event: event.data.clone(),
        },
        Hook::Action { action, input } => Invocation::Action {
            action: action.to_owned(),
            input: input.clone(),
        },
    }
}
