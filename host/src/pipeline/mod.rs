//! The path of a plugin call, the same for events, actions and rehearsals:
//!
//! ```text
//! admit ──► call ──► validate ──► decide ──► effects ──► changeset
//! └─────── perform: one plugin ───┘└─ conclude: all plugins of an event ─┘
//! ```
//!
//! [`perform`] calls one plugin and validates what it returned. [`conclude`] decides the proposals of all plugins
//! together, and adds the effects to the changeset. Both read the customer's data through [`Records`], which are
//! stored for events and actions, and simulated in a rehearsal.

mod call;
mod completed_run;
mod decide;
mod effects;
mod low_priority;
mod quota;
mod records;
mod transcript;
mod validate;

pub(crate) use call::{Hook, Mode, PluginCall, admit, perform, run_id};
pub(crate) use completed_run::CompletedRun;
pub(crate) use effects::EffectContext;
pub(crate) use quota::check_whole_memory;
pub(crate) use records::{KnownContact, Records, StoredRecords};

use crate::model::InstallationId;
use crate::policy::Policy;
use crate::store::{Changeset, Memory, StoreError};

/// Decides the proposals of all runs together, and adds the effects of those that are allowed to the changeset, with
/// the preconditions that the decisions rest on. `memories` returns a plugin's memory of the customer and its own,
/// as the runs saw them.
pub(crate) fn conclude(
    policy: &Policy,
    records: &mut impl Records,
    context: &EffectContext<'_>,
    memories: impl Fn(&InstallationId) -> (Memory, Memory),
    runs: &mut [CompletedRun],
    changeset: &mut Changeset,
) -> Result<(), StoreError> {
    decide::decide(policy, records, context, runs, changeset)?;
    for run in runs {
        let memories = memories(&run.active.installation.id);
        effects::write(changeset, context, &memories, run);
    }
    Ok(())
}
