//! What plugins' runs decided about them becomes part of their records.

use std::sync::{Arc, PoisonError};

use jiff::SignedDuration;

use super::health::Verdict;
use crate::backoff::Backoff;
use crate::error::Error;
use crate::host::Core;
use crate::model::*;

/// Quarantines who failed too often, and enables again who did well in a trial. Gives how many.
pub(super) fn judge(core: &Arc<Core>) -> Result<usize, Error> {
    if core.dispatcher.stopping() {
        return Ok(0);
    }
    // Whoever comes second finds what the first has written.
    let _one = core
        .dispatcher
        .judging
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let mut judged = 0;
    for active in &core.plugins().all {
        let Some(verdict) = active.gate.verdict() else {
            continue;
        };
        let id = &active.installation.id;
        let change = |installation: &mut Installation| {
            pass(core, &verdict, installation);
            Ok(())
        };
        // The host's own judgement is told in the logs; the audit is of what people do.
        match core.alter(id, change, |_, _| Vec::new()) {
            Ok(_) | Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        tell(id, &verdict);
        active.gate.renew();
        judged += 1;
    }
    Ok(judged)
}

/// What a person did meanwhile stands.
fn pass(core: &Core, verdict: &Verdict, installation: &mut Installation) {
    let now = core.clock.now();
    match (verdict, installation.state) {
        (Verdict::Quarantine { reason, .. }, InstallationState::Enabled) => {
            installation.state = InstallationState::Quarantined;
            installation.trouble = Some(Trouble {
                reason: crate::text::line(reason, 500),
                since: now,
                next_trial: Some(after(core, now, 0)),
                trials: 0,
            });
        }
        (Verdict::Longer { reason, .. }, InstallationState::Quarantined) => {
            if let Some(trouble) = &mut installation.trouble {
                trouble.trials += 1;
                trouble.reason = crate::text::line(reason, 500);
                trouble.next_trial = Some(after(core, now, trouble.trials));
            }
        }
        (Verdict::Enable, InstallationState::Quarantined) => {
            installation.state = InstallationState::Enabled;
            installation.trouble = None;
        }
        _ => {}
    }
}

/// Twice as long after each trial, up to the longest.
fn after(core: &Core, now: Timestamp, trials: u32) -> Timestamp {
    let signed = |duration| SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
    let backoff = Backoff {
        first: signed(core.config.quarantine_rest),
        factor: 2,
        longest: signed(core.config.quarantine_longest),
    };
    let rest = backoff.after(trials.saturating_add(1));
    let rest = rest.max(SignedDuration::from_millis(1));
    now.checked_add(rest).unwrap_or(Timestamp::MAX)
}

/// Not in the plugin's own words, which may be about anybody: its record and its runs have these.
fn tell(plugin: &InstallationId, verdict: &Verdict) {
    match verdict {
        Verdict::Quarantine { failure, .. } => {
            tracing::warn!(%plugin, ?failure, "a plugin is quarantined; what happens waits for it");
        }
        Verdict::Longer { failure, .. } => {
            tracing::warn!(%plugin, ?failure, "a plugin stays quarantined");
        }
        Verdict::Enable => tracing::info!(%plugin, "a plugin works again"),
    }
}
