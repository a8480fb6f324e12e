//! Removal of old transcripts.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;

use crate::engine::Engine;
use crate::error::Error;
use crate::model::Timestamp;
use crate::store::{Change, Changeset, StaleTranscripts};

/// The most transcripts that one step removes.
const PAGE: u32 = 500;
/// A check comes after this many new transcripts,
const AFTER: u32 = 250;
/// or after this time.
const LATER: SignedDuration = SignedDuration::from_hours(1);

/// The last check for old transcripts. Checks cost a little, so they are rare.
#[derive(Debug, Default)]
pub(super) struct Pruning(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The number of transcripts that were kept until then.
    kept: u32,
    /// The time of the next check; the first one comes with the start.
    next: Option<Timestamp>,
}

impl Pruning {
    fn is_due(&self, engine: &Engine, now: Timestamp) -> bool {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        engine.transcripts_kept().wrapping_sub(state.kept) >= AFTER
            || state.next.is_none_or(|next| now >= next)
    }

    fn complete(&self, engine: &Engine, now: Timestamp) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.kept = engine.transcripts_kept();
        state.next = Some(now.checked_add(LATER).unwrap_or(Timestamp::MAX));
    }
}

/// Removes a page of transcripts that are too old or too many. Returns how many.
pub(super) fn fire(engine: &Arc<Engine>, pruning: &Pruning) -> Result<usize, Error> {
    let now = engine.clock.now();
    if !pruning.is_due(engine, now) {
        return Ok(0);
    }
    let config = &engine.config.transcripts;
    let days = SignedDuration::from_hours(24 * i64::from(config.days));
    let stale = StaleTranscripts {
        before: now.checked_sub(days).unwrap_or(Timestamp::MIN),
        beyond: config.per_plugin,
    };
    let runs = engine.store.stale_transcripts(&stale, PAGE)?;
    let removed = runs.len();
    if removed > 0 {
        let mut changeset = Changeset::new();
        for run in runs {
            changeset.push(Change::DropTranscript(run));
        }
        engine.commit(changeset)?;
    }
    if removed < PAGE as usize {
        pruning.complete(engine, now);
    }
    Ok(removed)
}
