//! Deferral of an event for one plugin: behind an earlier event, until there is room, for a retry, or for good as a
//! dead letter.

use jiff::SignedDuration;

use crate::backoff::Backoff;
use crate::engine::Engine;
use crate::model::*;
use crate::pipeline::CompletedRun;
use crate::plugin::admission::Rejection;
use crate::plugin_set::Active;
use crate::store::Change;

/// Defers an event behind an earlier one of the same customer.
pub(super) fn behind(event: &Event, active: &Active, now: Timestamp) -> Change {
    let id = &active.installation.id;
    defer(event, id, 0, None, "waits behind an earlier event", now)
}

/// Defers an event until the plugin may be called. It is due at once, so that earlier events go first when there is
/// room.
pub(super) fn until_room(
    event: &Event,
    active: &Active,
    rejection: Rejection,
    now: Timestamp,
) -> Change {
    let id = &active.installation.id;
    let error = format!("not tried yet: the plugin {}", rejection.words());
    defer(event, id, 0, Some(now), &error, now)
}

/// Defers an event whose run failed in a way that may pass; the pause grows fourfold with each attempt. After the last
/// attempt, or if the failure cannot pass by itself, it is dead. Returns `None` if the run succeeded, or the plugin
/// declined for good.
///
/// `attempts_before_redrive` do not count.
pub(super) fn failed(
    engine: &Engine,
    event: &Event,
    run: &CompletedRun,
    attempts_before_redrive: u32,
) -> Option<Change> {
    let (kind, error) = run.failure.as_ref()?;
    // The plugin decided so.
    if *kind == FailureKind::Permanent {
        return None;
    }
    let (id, now) = (&run.active.installation.id, engine.clock.now());
    let attempts = run.attempt;
    let since_redriven = attempts.saturating_sub(attempts_before_redrive);
    if !kind.retryable() || since_redriven >= engine.config.max_attempts {
        return Some(dead(event, id, attempts, error, now));
    }
    let backoff = Backoff {
        first: SignedDuration::try_from(engine.config.retry_after).unwrap_or(SignedDuration::ZERO),
        factor: 4,
        longest: SignedDuration::MAX,
    };
    let pause = backoff.spread_after(
        since_redriven,
        &[
            b"retry",
            event.id.0.as_bytes(),
            id.as_str().as_bytes(),
            &attempts.to_le_bytes(),
        ],
    );
    let due = now.checked_add(pause).unwrap_or(Timestamp::MAX);
    Some(defer(event, id, attempts, Some(due), error, now))
}

/// Moves an event to the dead letter.
pub(super) fn dead(
    event: &Event,
    installation: &InstallationId,
    attempts: u32,
    error: &str,
    now: Timestamp,
) -> Change {
    let mut dead = defer(event, installation, attempts, None, error, now);
    if let Change::Defer { dead: is_dead, .. } = &mut dead {
        *is_dead = true;
    }
    dead
}

fn defer(
    event: &Event,
    installation: &InstallationId,
    attempts: u32,
    due_at: Option<Timestamp>,
    error: &str,
    at: Timestamp,
) -> Change {
    Change::Defer {
        event: event.id,
        customer: event.customer,
        installation: installation.clone(),
        attempts,
        due_at,
        dead: false,
        error: error.to_owned(),
        at,
    }
}
