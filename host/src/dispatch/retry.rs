use std::sync::Arc;

use crate::error::Error;
use crate::host::Core;

/// Takes up events whose time to be tried again has come. Gives how many.
pub(super) fn fire(core: &Arc<Core>) -> Result<usize, Error> {
    let due = core.store.parked_due(core.clock.now(), 1000)?;
    core.dispatcher.unstall();
    Ok(core.dispatcher.retry(due))
}
