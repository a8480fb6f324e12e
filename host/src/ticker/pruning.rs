//! Removal of old transcripts.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;

use crate::engine::Engine;
use crate::error::Error;
use crate::model::Timestamp;
use crate::store::{Change, Changeset, StaleTranscripts};

/// The maximum number of transcripts that one step removes.
const PAGE: u32 = 500;
/// The number of new transcripts after which the next check is due.
const AFTER: u32 = 250;
/// The time after which the next check is due, however few transcripts are new.
const LATER: SignedDuration = SignedDuration::from_hours(1);

/// The state of checks for old transcripts. A check reads the store, so checks are rare.
#[derive(Debug, Default)]
pub(super) struct Pruning(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The count of [`Engine::transcripts_kept`] at the last check.
    kept: u32,
    /// The time of the next check. `None` until the first check, which the start makes.
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

/// Removes a page of transcripts that exceed the limits on age and number. Returns the number removed.
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
