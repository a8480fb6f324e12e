//! Writes the quarantines that plugins' runs caused to the plugins' records.

use std::sync::{Arc, PoisonError};

use crate::error::Error;
use crate::host::Core;
use crate::model::*;
use crate::plugin::admission::{QuarantinePeriods, Transition};

/// Quarantines plugins that failed too often, and enables plugins that passed a trial. Returns how many.
pub(super) fn apply_transitions(core: &Arc<Core>) -> Result<usize, Error> {
    if core.dispatcher.stopping() {
        return Ok(0);
    }
    // A second thread finds what the first has written.
    let _one = core
        .dispatcher
        .judging
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let periods = QuarantinePeriods {
        first: core.config.quarantine_rest,
        longest: core.config.quarantine_longest,
    };
    let mut changed = 0;
    for active in &core.plugins().all {
        let Some(transition) = active.admission.transition() else {
            continue;
        };
        let id = &active.installation.id;
        let change = |installation: &mut Installation| {
            transition.apply(installation, core.clock.now(), periods);
            Ok(())
        };
        // The audit is for what people do; the logs have this.
        match core.alter(id, change, |_, _| Vec::new()) {
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
