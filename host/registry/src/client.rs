use std::future::Future;
use std::sync::Mutex;
use std::time::Duration;

use oci_client::secrets::RegistryAuth;
use reqwest::redirect::Policy;
use tokio::runtime::{Builder, Runtime};

use super::error::RegistryError;
use super::login::login;
use super::reference::OciReference;

/// The `User-Agent` of all requests.
pub(super) const USER_AGENT: &str = concat!("regulars/", env!("CARGO_PKG_VERSION"));
/// The time limit for an exchange of a few kilobytes.
const BRIEF: Duration = Duration::from_secs(30);

/// Options for connections to registries.
#[derive(Debug, Clone)]
pub struct RegistryOptions {
    /// The maximum size of a component in bytes. The default is the runtime's own limit.
    pub max_component_bytes: u64,
    /// Allows plain HTTP to registries on other machines. Registries on loopback addresses always use plain
    /// HTTP.
    pub insecure: bool,
    /// The time limit to connect. Default: 10 seconds.
    pub connect_timeout: Duration,
    /// The longest pause within a response. Default: 30 seconds.
    pub stall_timeout: Duration,
    /// The time limit of one exchange as a whole. Default: 600 seconds.
    pub time_limit: Duration,
}

impl Default for RegistryOptions {
    fn default() -> RegistryOptions {
        RegistryOptions {
            max_component_bytes: regulars_model::MAX_COMPONENT_BYTES,
            insecure: false,
            connect_timeout: Duration::from_secs(10),
            stall_timeout: Duration::from_secs(30),
            time_limit: Duration::from_secs(600),
        }
    }
}

/// A client of one registry, with its login.
pub struct Registry {
    /// Follows no redirects: `follow` does, and drops the credentials on the way.
    pub(super) http: reqwest::Client,
    /// The login of the registry or of its token realm.
    pub(super) login: RegistryAuth,
    /// The credentials of the last request, reused to save a challenge.
    pub(super) credentials: Mutex<RegistryAuth>,
    pub(super) host: String,
    /// Uses HTTP instead of HTTPS.
    pub(super) plain: bool,
    pub(super) options: RegistryOptions,
    runtime: Runtime,
}

impl Registry {
    /// Creates the client for a reference's registry. It does not connect yet.
    ///
    /// # Errors
    /// [`RegistryError::Login`] for an unusable login. [`RegistryError::Unreachable`] if the HTTP client
    /// cannot be built.
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
        // `rustls` has no default provider here. A provider that the program installed before stays.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder()
            .redirect(Policy::none())
            .connect_timeout(options.connect_timeout)
            .read_timeout(options.stall_timeout)
            .user_agent(USER_AGENT)
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        Ok(Registry {
            http,
            login: login(&host)?,
            credentials: Mutex::new(RegistryAuth::Anonymous),
            host,
            plain,
            options,
            runtime,
        })
    }

    /// Waits for an exchange of a few kilobytes.
    pub(super) fn wait_briefly<T: Send>(
        &self,
        exchange: impl Future<Output = Result<T, RegistryError>> + Send,
    ) -> Result<T, RegistryError> {
        self.wait_for(self.options.time_limit.min(BRIEF), exchange)
    }

    /// Waits for the transfer of a component.
    pub(super) fn wait<T: Send>(
        &self,
        exchange: impl Future<Output = Result<T, RegistryError>> + Send,
    ) -> Result<T, RegistryError> {
        self.wait_for(self.options.time_limit, exchange)
    }

    /// Runs an exchange on a thread of its own, because the caller's thread may belong to an async runtime.
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
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Registry({})", self.host)
    }
}
