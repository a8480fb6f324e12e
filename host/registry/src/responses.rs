//! Conversion of registry responses and connection errors into [`RegistryError`].

use std::error::Error;

use oci_client::errors::{OciDistributionError, OciErrorCode};
use oci_client::secrets::RegistryAuth;
use reqwest::Url;

use super::client::Registry;
use super::error::RegistryError;
use super::reference::SCHEME;
use regulars_model::text;

impl Registry {
    /// Returns the error for an HTTP status. `None` if the status alone does not tell the cause. `what` is
    /// the requested reference or repository.
    pub(super) fn refused(&self, code: u16, what: &str) -> Option<RegistryError> {
        let host = self.host.clone();
        match code {
            401 => Some(RegistryError::Unauthorized {
                host,
                known: self.login != RegistryAuth::Anonymous,
            }),
            403 => Some(RegistryError::Denied {
                host,
                repository: what.to_owned(),
            }),
            404 => Some(RegistryError::NotFound {
                reference: format!("{SCHEME}{what}"),
            }),
            _ => None,
        }
    }

    /// Converts an error of the `oci_client` library, which publishes.
    pub(super) fn explain(&self, error: OciDistributionError, what: &str) -> RegistryError {
        let by_status = |code: u16, problem: &str| {
            let known = self.refused(code, what);
            known.unwrap_or_else(|| RegistryError::Refused {
                host: self.host.clone(),
                problem: text::line(problem, 300),
            })
        };
        match error {
            OciDistributionError::UnauthorizedError { .. }
            | OciDistributionError::AuthenticationFailure(_) => by_status(401, ""),
            OciDistributionError::RegistryError { envelope, .. } => {
                let first = envelope.errors.first();
                match first.map(|error| &error.code) {
                    Some(
                        OciErrorCode::ManifestUnknown
                        | OciErrorCode::NameUnknown
                        | OciErrorCode::BlobUnknown
                        | OciErrorCode::NotFound,
                    ) => by_status(404, ""),
                    Some(OciErrorCode::Unauthorized) => by_status(401, ""),
                    Some(OciErrorCode::Denied) => by_status(403, ""),
                    _ => by_status(0, first.map_or("an error", |error| &error.message)),
                }
            }
            OciDistributionError::ServerError { code, message, .. } => {
                by_status(code, &format!("{code} {message}"))
            }
            OciDistributionError::RequestError(error) => match error.status() {
                Some(status) => by_status(status.as_u16(), status.as_str()),
                None => self.broken_with(self.host.clone(), &error, error.is_connect()),
            },
            OciDistributionError::IoError(error) => {
                self.broken_with(self.host.clone(), &error, false)
            }
            error => by_status(0, &error.to_string()),
        }
    }

    /// Converts a connection error. `never` is true if the connection was never established.
    pub(super) fn broken(&self, with: &Url, error: &reqwest::Error, never: bool) -> RegistryError {
        let name = with.host_str().unwrap_or_default();
        let host = match with.port() {
            Some(port) => format!("{name}:{port}"),
            None => name.to_owned(),
        };
        self.broken_with(host, error, never)
    }

    fn broken_with(
        &self,
        host: String,
        error: &(dyn Error + 'static),
        never: bool,
    ) -> RegistryError {
        // The innermost source holds the cause. The outer ones repeat the URL.
        let mut cause = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        let problem = text::line(&cause.to_string(), 200);
        match never {
            true => RegistryError::Unreachable {
                host: text::line(&host, 200),
                problem,
                plain: self.plain,
            },
            false => RegistryError::Cut {
                host: text::line(&host, 200),
                problem,
            },
        }
    }

    /// Returns the error for a redirect to an address that is not allowed.
    pub(super) fn bad_redirect(&self, to: &str, problem: &'static str) -> RegistryError {
        RegistryError::BadRedirect {
            host: self.host.clone(),
            to: text::line(to, 200),
            problem,
        }
    }
}
