//! The request limits, as the console uses them.

use axum::extract::Request;
use axum::http::{Extensions, StatusCode};
use tokio::time::timeout;

use super::App;
use super::extract::read;
use regulars::host::Host;
use regulars::model::CustomerId;

impl App {
    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    /// Counts a request: as the customer's if the token is valid, else as a failed authentication.
    ///
    /// # Errors
    ///
    /// The seconds to wait if the limit is exceeded.
    pub(crate) fn count_visit(&self, token: &str, from: &Extensions) -> Result<(), u32> {
        let now = self.host.now();
        match self.host.customer_of_link(token) {
            Some(customer) => self.limits.count_page(customer, now),
            None => {
                let counted = self.limits.count_failure(from, now);
                counted.map_err(|problem| problem.retry_after.unwrap_or(1))
            }
        }
    }

    /// Counts a download until the returned guard is dropped.
    ///
    /// # Errors
    ///
    /// The seconds to wait if the limit on concurrent downloads is reached.
    pub(crate) fn download(&self, of: CustomerId) -> Result<impl Send + use<>, u32> {
        self.limits.download(of).ok_or(5)
    }

    /// Reads a whole body of at most `most` bytes.
    ///
    /// # Errors
    ///
    /// The HTTP status for a body that is too large, too slow or incomplete.
    pub(crate) async fn body(&self, request: Request, most: usize) -> Result<Vec<u8>, StatusCode> {
        let limits = &self.limits.config;
        let most = most.min(limits.max_body);
        match timeout(limits.body_timeout, read(request, most)).await {
            Ok(Ok(body)) => Ok(body),
            Ok(Err(problem)) => Err(problem.kind.status()),
            Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
        }
    }
}
