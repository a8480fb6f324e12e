use std::future::Future;
use std::sync::Mutex;
use std::time::Duration;

use oci_client::secrets::RegistryAuth;
use reqwest::redirect::Policy;
use tokio::runtime::{Builder, Runtime};

use super::error::RegistryError;
use super::login::login;
use super::reference::OciReference;

/// Who we say that we are.
pub(super) const USER_AGENT: &str = concat!("regulars/", env!("CARGO_PKG_VERSION"));
/// The most time for what is a few KB.
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
    /// It follows no redirection by itself: see `exchange`.
    pub(super) http: reqwest::Client,
    /// The login, for the registry itself or for the realm that it names.
    pub(super) login: RegistryAuth,
    /// What the registry was shown last, so that it need not ask each time.
    pub(super) shown: Mutex<RegistryAuth>,
    pub(super) host: String,
    /// By HTTP rather than HTTPS.
    pub(super) plain: bool,
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
        // The library finds no cipher of its own. Where the program has chosen one already, that stays.
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
            shown: Mutex::new(RegistryAuth::Anonymous),
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
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Registry({})", self.host)
    }
}
