use std::future::Future;
use std::time::Duration;

use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::errors::{DigestError, OciDistributionError, OciErrorCode};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use tokio::runtime::{Builder, Runtime};

use super::artifact::MANIFEST;
use super::error::RegistryError;
use super::login::login;
use super::reference::OciReference;
use crate::model::Digest;
use crate::text;

/// The most time for what is a few KB. The library reads manifests and errors of any size into memory; only time bounds them.
const BRIEF: Duration = Duration::from_secs(30);

/// How registries are reached.
#[derive(Debug, Clone)]
pub struct RegistryOptions {
    /// The most bytes that a component may have: as the runtime's own limit.
    pub max_component_bytes: u64,
    /// Plain HTTP, also to a registry that is not on this machine. To those that are, it is always plain HTTP.
    pub insecure: bool,
    /// For a connection to be made.
    pub connect_timeout: Duration,
    /// How long nothing may come.
    pub stall_timeout: Duration,
    /// For one exchange as a whole, however steadily it drips.
    pub time_limit: Duration,
}

impl Default for RegistryOptions {
    fn default() -> RegistryOptions {
        RegistryOptions {
            max_component_bytes: crate::runtime::RuntimeConfig::default().max_component_bytes,
            insecure: false,
            connect_timeout: Duration::from_secs(10),
            stall_timeout: Duration::from_secs(30),
            time_limit: Duration::from_secs(600),
        }
    }
}

/// One registry, and who we are to it.
pub struct Registry {
    pub(super) client: Client,
    pub(super) auth: RegistryAuth,
    pub(super) host: String,
    /// By HTTP rather than HTTPS.
    plain: bool,
    pub(super) options: RegistryOptions,
    runtime: Runtime,
}

impl Registry {
    /// The registry of a reference. No connection is made yet.
    ///
    /// # Errors
    /// [`RegistryError::Login`], and where no client can be made.
    pub fn of(
        reference: &OciReference,
        options: RegistryOptions,
    ) -> Result<Registry, RegistryError> {
        let host = reference.host().to_owned();
        let plain = options.insecure || reference.is_loopback();
        let unusable = |problem: String| RegistryError::Unreachable {
            host: host.clone(),
            problem,
            plain,
        };
        let protocol = match plain {
            true => ClientProtocol::HttpsExcept(vec![host.clone()]),
            false => ClientProtocol::Https,
        };
        let config = ClientConfig {
            protocol,
            connect_timeout: Some(options.connect_timeout),
            read_timeout: Some(options.stall_timeout),
            user_agent: concat!("regulars/", env!("CARGO_PKG_VERSION")),
            ..ClientConfig::default()
        };
        // The library finds no cipher of its own. Where the program has chosen one already, that stays.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client::try_from(config).map_err(|error| unusable(error.to_string()))?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        Ok(Registry {
            client,
            auth: login(&host)?,
            host,
            plain,
            options,
            runtime,
        })
    }

    /// Waits for an exchange of a few KB.
    pub(super) fn wait_briefly<T: Send>(
        &self,
        exchange: impl Future<Output = Result<T, RegistryError>> + Send,
    ) -> Result<T, RegistryError> {
        self.wait_for(self.options.time_limit.min(BRIEF), exchange)
    }

    /// Waits for an exchange of a component's size.
    pub(super) fn wait<T: Send>(
        &self,
        exchange: impl Future<Output = Result<T, RegistryError>> + Send,
    ) -> Result<T, RegistryError> {
        self.wait_for(self.options.time_limit, exchange)
    }

    /// Waits for an exchange, on a thread of its own: the caller's may belong to a runtime, which must not be entered twice.
    fn wait_for<T: Send>(
        &self,
        limit: Duration,
        exchange: impl Future<Output = Result<T, RegistryError>> + Send,
    ) -> Result<T, RegistryError> {
        let limited = async {
            let slow = |_| RegistryError::Slow {
                host: self.host.clone(),
                limit,
            };
            tokio::time::timeout(limit, exchange).await.map_err(slow)?
        };
        let waited =
            std::thread::scope(|scope| scope.spawn(|| self.runtime.block_on(limited)).join());
        waited.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// A manifest and its digest; none where the registry has no such thing.
    pub(super) fn manifest(
        &self,
        reference: &Reference,
    ) -> Result<Option<(Vec<u8>, Digest)>, RegistryError> {
        let pulled = self.wait_briefly(async {
            self.client
                .pull_manifest_raw(reference, &self.auth, &[MANIFEST])
                .await
                .map_err(|error| self.explain(error, &reference.whole()))
        });
        match pulled {
            // The registry's word for the digest does not count.
            Ok((body, _)) => Ok(Some((body.to_vec(), Digest::of(&body)))),
            Err(RegistryError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What the library met, in the words of this program. `what` was asked for.
    pub(super) fn explain(&self, error: OciDistributionError, what: &str) -> RegistryError {
        let host = self.host.clone();
        let not_found = || RegistryError::NotFound {
            reference: format!("{}{what}", super::reference::SCHEME),
        };
        let denied = || RegistryError::Denied {
            host: host.clone(),
            repository: what.to_owned(),
        };
        let unauthorized = || RegistryError::Unauthorized {
            host: host.clone(),
            known: self.auth != RegistryAuth::Anonymous,
        };
        let refused = |problem: &str| RegistryError::Refused {
            host: host.clone(),
            problem: text::line(problem, 300),
        };
        match error {
            OciDistributionError::UnauthorizedError { .. }
            | OciDistributionError::AuthenticationFailure(_) => unauthorized(),
            OciDistributionError::RegistryError { envelope, .. } => {
                let first = envelope.errors.first();
                match first.map(|error| &error.code) {
                    Some(
                        OciErrorCode::ManifestUnknown
                        | OciErrorCode::NameUnknown
                        | OciErrorCode::BlobUnknown
                        | OciErrorCode::NotFound,
                    ) => not_found(),
                    Some(OciErrorCode::Unauthorized) => unauthorized(),
                    Some(OciErrorCode::Denied) => denied(),
                    _ => refused(first.map_or("an error", |error| &error.message)),
                }
            }
            OciDistributionError::ServerError { code: 404, .. } => not_found(),
            OciDistributionError::ServerError { code: 403, .. } => denied(),
            OciDistributionError::ServerError { code, message, .. } => {
                refused(&format!("{code} {message}"))
            }
            OciDistributionError::DigestError(error) => self.wrong(error),
            OciDistributionError::RequestError(error) if error.is_status() => {
                match error.status().map(|status| status.as_u16()) {
                    Some(401) => unauthorized(),
                    Some(403) => denied(),
                    Some(404) => not_found(),
                    code => refused(&format!("{}", code.unwrap_or_default())),
                }
            }
            OciDistributionError::RequestError(error) => self.broken(&error, error.is_connect()),
            OciDistributionError::IoError(error) => self.interrupted(error),
            error => refused(&error.to_string()),
        }
    }

    /// What a stream of bytes ended with.
    pub(super) fn interrupted(&self, error: std::io::Error) -> RegistryError {
        match error.downcast::<DigestError>() {
            Ok(error) => self.wrong(error),
            Err(error) => self.broken(&error, false),
        }
    }

    fn wrong(&self, error: DigestError) -> RegistryError {
        match error {
            DigestError::VerificationError { expected, actual } => RegistryError::WrongDigest {
                host: self.host.clone(),
                expected: text::line(&expected, 100),
                found: text::line(&actual, 100),
            },
            error => RegistryError::Refused {
                host: self.host.clone(),
                problem: text::line(&error.to_string(), 300),
            },
        }
    }

    /// `never`: there was no connection at all.
    fn broken(&self, error: &(dyn std::error::Error + 'static), never: bool) -> RegistryError {
        // The innermost says most: those around it say which URL it was, and that it failed.
        let mut cause = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        let (host, problem) = (self.host.clone(), text::line(&cause.to_string(), 200));
        match never {
            true => RegistryError::Unreachable {
                host,
                problem,
                plain: self.plain,
            },
            false => RegistryError::Cut { host, problem },
        }
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Registry({})", self.host)
    }
}
