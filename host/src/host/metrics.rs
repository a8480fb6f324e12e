use super::Host;
use crate::error::Error;

impl Host {
    /// Returns the host's metrics since its start, in the text format of Prometheus. Served over HTTP, `/metrics` adds
    /// those of requests.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn metrics(&self) -> Result<String, Error> {
        let depths = self.engine.store.stats()?;
        let (queued, in_flight) = self.dispatcher.depth();
        Ok(self.engine.metrics.encode(&depths, queued, in_flight))
    }
}
