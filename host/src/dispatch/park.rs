//! An event is kept for one plugin: behind an earlier one, until there is room, to be tried again, or
//! for the dead letter.

use jiff::SignedDuration;

use super::{Ran, Wait};
use crate::backoff::Backoff;
use crate::host::Core;
use crate::model::*;
use crate::plugin::Active;
use crate::store::Change;

/// An earlier event of the same customer waits for the plugin.
pub(super) fn behind(event: &Event, active: &Active, now: Timestamp) -> Change {
    let id = &active.installation.id;
    park(event, id, 0, None, "waits behind an earlier event", now)
}

/// The plugin may not be called now. It is due at once: those that came first go first, as soon as
/// there is room.
pub(super) fn until_room(event: &Event, active: &Active, wait: Wait, now: Timestamp) -> Change {
    let id = &active.installation.id;
    let error = format!("not tried yet: the plugin {}", wait.words());
    park(event, id, 0, Some(now), &error, now)
}

/// Where the run failed in a way that may pass: to be tried again after a while that grows fourfold,
/// or for the dead letter. What would fail the same way is dead at once: another version of the plugin,
/// another grant or limit may do better. `spent` attempts were before it was redriven.
pub(super) fn failed(core: &Core, event: &Event, ran: &Ran, spent: u32) -> Option<Change> {
    let (kind, error) = ran.failure.as_ref()?;
    // Its own decision, for good.
    if *kind == FailureKind::Permanent {
        return None;
    }
    let (id, now) = (&ran.active.installation.id, core.clock.now());
    let attempts = ran.attempt;
    let since_redriven = attempts.saturating_sub(spent);
    if !kind.retryable() || since_redriven >= core.config.max_attempts {
        return Some(dead(event, id, attempts, error, now));
    }
    let backoff = Backoff {
        first: SignedDuration::try_from(core.config.retry_after).unwrap_or(SignedDuration::ZERO),
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
    Some(park(event, id, attempts, Some(due), error, now))
}

/// For the dead letter at once.
pub(super) fn dead(
    event: &Event,
    installation: &InstallationId,
    attempts: u32,
    error: &str,
    now: Timestamp,
) -> Change {
    let mut park = park(event, installation, attempts, None, error, now);
    if let Change::Park { dead, .. } = &mut park {
        *dead = true;
    }
    park
}

fn park(
    event: &Event,
    installation: &InstallationId,
    attempts: u32,
    due_at: Option<Timestamp>,
    error: &str,
    at: Timestamp,
) -> Change {
    Change::Park {
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
