//! Quarantines: transitions of circuit breakers are written to the plugins' records.

use std::sync::PoisonError;

use super::Ticker;
use crate::error::Error;
use crate::model::*;
use crate::plugin::admission::{QuarantinePeriods, Transition};

/// Quarantines plugins that failed too often, and enables plugins that passed a trial. Returns the number of changed
/// plugins.
pub(super) fn fire(ticker: &Ticker) -> Result<usize, Error> {
    let engine = &ticker.engine;
    if engine.is_stopping() {
        return Ok(0);
    }
    // The lock makes a second thread wait, so that it sees the first one's writes.
    let _one = ticker
        .transitions
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let periods = QuarantinePeriods {
        first: engine.config.quarantine_rest,
        longest: engine.config.quarantine_longest,
    };
    let mut changed = 0;
    for active in &engine.plugins().all {
        let Some(transition) = active.admission.transition() else {
            continue;
        };
        let id = &active.installation.id;
        let change = |installation: &mut Installation| {
            transition.apply(installation, engine.clock.now(), periods);
            Ok(())
        };
        // The audit lists acts of people. Quarantines are in the logs.
        match engine.alter(id, change, |_, _| Vec::new()) {
            Ok(_) | Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        log(id, &transition);
        active.admission.reset();
        changed += 1;
    }
    Ok(changed)
}

/// Logs a transition with the kind of failure only, because a plugin's error message may name customers.
fn log(plugin: &InstallationId, transition: &Transition) {
    match transition {
        Transition::Open { failure, .. } => {
            tracing::warn!(%plugin, ?failure, "a plugin is quarantined; its events wait");
        }
        Transition::Extend { failure, .. } => {
            tracing::warn!(%plugin, ?failure, "a plugin stays quarantined");
        }
        Transition::Close => tracing::info!(%plugin, "a plugin works again"),
    }
}
