use super::Host;
use crate::error::Error;
use crate::rehearse::{Progress, Rehearsal, RehearseRequest};

impl Host {
    /// Runs a plugin over the events of a past period, beside the installed ones, and reports the result. Nothing is
    /// written, and no customer is contacted. `watch` shows the progress, and can end the rehearsal.
    ///
    /// # Errors
    /// [`Error::Plugin`] says why it cannot be a plugin here, [`Error::Invalid`] which setting, grant or time is
    /// wrong, [`Error::NotFound`] that the plugin to compare with is not installed; [`Error::Store`].
    pub fn rehearse(&self, request: RehearseRequest, watch: &Progress) -> Result<Rehearsal, Error> {
        crate::rehearse::rehearse(&self.engine, request, watch)
    }
}
