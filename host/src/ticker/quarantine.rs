//! Writes the quarantines that plugins' runs caused to the plugins' records.

use std::sync::PoisonError;

use super::Ticker;
use crate::error::Error;
use crate::model::*;
use crate::plugin::admission::{QuarantinePeriods, Transition};

/// Quarantines plugins that failed too often, and enables plugins that passed a trial. Returns how many.
pub(super) fn fire(ticker: &Ticker) -> Result<usize, Error> {
    let engine = &ticker.engine;
    if engine.is_stopping() {
        return Ok(0);
    }
    // A second thread finds what the first has written.
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
        // The audit is for what people do; the logs have this.
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

/// Logs the kind of failure only: a plugin's own words may name customers.
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
