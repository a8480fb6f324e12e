use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use super::lock::Lock;
use super::{Core, Host};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Transcripts};
use crate::dispatch::Dispatcher;
use crate::error::Error;
use crate::ids::Ids;
use crate::links::{Links, check_base};
use crate::metrics::Metrics;
use crate::model::Actor;
use crate::outbox::{Channels, Queue, SendPool, missing_links};
use crate::plugin::PluginSet;
use crate::policy::{ContactPolicy, Policy};
use crate::runtime::{Runtime, RuntimeConfig};
use crate::store::sqlite::{SqliteOptions, SqliteStore};
use crate::store::{Change, Changeset, Expect, Store, StoreError};

/// Puts a [`Host`] together. Only a store is needed.
#[derive(Default)]
#[must_use]
pub struct HostBuilder {
    config: Config,
    runtime: RuntimeConfig,
    clock: Option<Arc<dyn Clock>>,
    store: Option<Arc<dyn Store>>,
    sqlite: Option<(PathBuf, SqliteOptions)>,
    plugins: Vec<PathBuf>,
    contact: ContactPolicy,
    channels: Channels,
    public_url: Option<String>,
    at_rest: bool,
    as_it_is: bool,
    actor: Option<Actor>,
}

impl HostBuilder {
    /// Keeps everything in one SQLite file, which is made if it is not there. One host at a time runs
    /// on a file: it holds a lock on `<file>-lock`.
    pub fn sqlite(self, path: impl AsRef<Path>) -> HostBuilder {
        self.sqlite_with(path, SqliteOptions::default())
    }

    /// [`HostBuilder::sqlite`] with options.
    pub fn sqlite_with(mut self, path: impl AsRef<Path>, options: SqliteOptions) -> HostBuilder {
        self.sqlite = Some((path.as_ref().to_owned(), options));
        self
    }

    /// Keeps everything in a store of one's own making.
    pub fn store(mut self, store: Arc<dyn Store>) -> HostBuilder {
        self.store = Some(store);
        self
    }

    /// Installs every `*.wasm` of a directory that is not installed yet, granting what it asks for: only for directories
    /// that the operator fills. What the directory offered is remembered: as long as a file is what it was, nothing is
    /// touched, whatever a person installed, upgraded, went back to or uninstalled meanwhile.
    ///
    /// A file that changed is an upgrade ([`Host::upgrade`]): settings, memory and what was refused stay. Where it
    /// asks for more, the installed version works on, and a warning names the command that accepts it, at each start. A plugin
    /// that a person installed from elsewhere is left as it is, and one that was uninstalled stays out.
    pub fn plugins(mut self, directory: impl AsRef<Path>) -> HostBuilder {
        self.plugins.push(directory.as_ref().to_owned());
        self
    }

    /// Where time comes from; the machine's clock by default.
    pub fn clock(mut self, clock: impl Clock) -> HostBuilder {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// The business's IANA time zone; `UTC` by default.
    pub fn time_zone(mut self, name: impl Into<String>) -> HostBuilder {
        self.config.time_zone = name.into();
        self
    }

    /// Which runs keep a transcript, and for how long.
    pub fn transcripts(mut self, transcripts: Transcripts) -> HostBuilder {
        self.config.transcripts = transcripts;
        self
    }

    /// How often, when and about what customers are written to. A host starts only with one that passes
    /// [`ContactPolicy::check`].
    pub fn policy(mut self, policy: ContactPolicy) -> HostBuilder {
        self.contact = policy;
        self
    }

    /// The channels that messages go by; the desk alone by default.
    pub fn channels(mut self, channels: Channels) -> HostBuilder {
        self.channels = channels;
        self
    }

    /// Where customers reach this host: what links in messages begin with, such as `https://crm.example.com`.
    /// It is encrypted, or on this machine. Mail needs it, since every mail has a link to end them.
    pub fn public_url(mut self, url: impl Into<String>) -> HostBuilder {
        self.public_url = Some(url.into());
        self
    }

    /// Everything that can be set beside the sandbox.
    pub fn config(mut self, config: Config) -> HostBuilder {
        self.config = config;
        self
    }

    /// The limits of the sandbox.
    pub fn runtime(mut self, runtime: RuntimeConfig) -> HostBuilder {
        self.runtime = runtime;
        self
    }

    /// Runs nothing: no event, no schedule, no timer. For programs that look, import or install while
    /// another one serves; what they append waits for it.
    pub fn at_rest(mut self) -> HostBuilder {
        self.at_rest = true;
        self
    }

    /// Refuses a file whose schema is older than this program's, rather than migrating it: for programs that promise to
    /// write nothing.
    pub fn as_it_is(mut self) -> HostBuilder {
        self.as_it_is = true;
        self
    }

    /// Whose administrative acts the audit makes of what this host does, unless
    /// [`Host::acting_as`] says another; the program's own by default.
    pub fn actor(mut self, actor: Actor) -> HostBuilder {
        self.actor = Some(actor);
        self
    }

    /// Opens the store, loads the plugins, and starts.
    ///
    /// # Errors
    /// [`Error::Config`] for a setting that cannot be used, [`Error::Store`] where the store cannot
    /// be opened or another host runs on it, [`Error::Plugin`] where a plugin of a directory cannot be installed.
    pub fn build(self) -> Result<Host, Error> {
        if jiff::tz::TimeZone::get(&self.config.time_zone).is_err() {
            return Err(Error::Config {
                key: "time_zone",
                problem: format!(
                    "“{}” is not a time zone: use an IANA name such as Europe/Berlin",
                    self.config.time_zone
                ),
            });
        }
        check_links(self.public_url.as_deref(), &self.channels)?;
        self.contact.check().map_err(|error| Error::Config {
            key: "policy",
            problem: error.to_string(),
        })?;
        let mut runtime = self.runtime;
        let mut lock = None;
        let store: Arc<dyn Store> = match (self.store, self.sqlite) {
            (Some(store), _) => store,
            (None, Some((path, options))) => {
                if runtime.cache_dir.is_none() {
                    runtime.cache_dir = Some(cache_beside(&path));
                }
                let mut migrating = None;
                let may = |migrates: bool| {
                    if migrates && self.as_it_is {
                        return Err(StoreError::OlderSchema);
                    }
                    if !self.at_rest {
                        lock = Some(Lock::take(&path)?);
                    } else if migrates {
                        migrating = Some(Lock::take(&path).map_err(|error| beside(&path, error))?);
                    }
                    Ok(())
                };
                let store = SqliteStore::open_if(&path, options, may)?;
                drop(migrating);
                Arc::new(store)
            }
            (None, None) => {
                return Err(Error::Config {
                    key: "store",
                    problem: "nowhere to keep things: call sqlite(path) or store(…)".to_owned(),
                });
            }
        };
        let ids = Ids::new(self.config.seed);
        let points_key = secret(&*store, &ids, "points")?;
        if store.lacks_hashes()? {
            let mut changeset = Changeset::new();
            changeset.push(Change::HashContactPoints(points_key));
            store.commit(changeset)?;
        }
        let links = Links::new(self.public_url.as_deref(), secret(&*store, &ids, "links")?);
        let core = Arc::new(Core {
            ids,
            policy: Policy {
                question_days: self.config.question_days,
                max_depth: self.config.max_depth,
                contact: self.contact,
                channels: self.channels.offered(),
            },
            channels: self.channels,
            outbox: Queue::default(),
            send_pool: SendPool::default(),
            links,
            points_key,
            dispatcher: Dispatcher::new(if self.at_rest {
                0
            } else {
                self.config.workers.max(1)
            }),
            clock: self.clock.unwrap_or_else(|| Arc::new(SystemClock)),
            runtime: Runtime::new(runtime)?,
            plugins: RwLock::new(Arc::new(PluginSet::default())),
            newest: tokio::sync::watch::Sender::new(0),
            installing: std::sync::Mutex::new(()),
            pruning: crate::dispatch::Pruning::default(),
            key_uses: std::sync::Mutex::default(),
            metrics: Metrics::new(),
            revoked: tokio::sync::watch::Sender::new(0),
            config: self.config,
            store,
        });
        if lock.is_some() {
            // No other host runs on the file: whoever was sending has ended in the middle.
            let mut changeset = Changeset::new();
            changeset.push(Change::ReleaseLeases);
            if let Err(error) = core.store.commit(changeset) {
                // They end by themselves within minutes: no reason not to start.
                tracing::warn!(%error, "messages that were being sent wait for their time to be over");
            }
        }
        core.reload_plugins()?;
        let actor = self.actor.unwrap_or(Actor::Library);
        let host = if self.at_rest {
            Host::rest(core, actor)
        } else {
            Host::start(core, actor, lock)?
        };
        host.take_up(&self.plugins)?;
        Ok(host)
    }
}

/// Why a program that is newer than the host which runs does not change the schema under it.
fn beside(path: &Path, error: StoreError) -> StoreError {
    match error {
        StoreError::InUse(_) => StoreError::Unusable(format!(
            "a host of an older version runs on {}, and this program would change the database for its own: \
             stop that host first, or use its version of the program",
            path.display()
        )),
        other => other,
    }
}

/// Every message of a channel that needs links has them.
fn check_links(public_url: Option<&str>, channels: &Channels) -> Result<(), Error> {
    let key = "public_url";
    if let Some(url) = public_url {
        let shown = crate::text::line(url, 100);
        return check_base(url).map_err(|problem| Error::Config {
            key,
            problem: format!("“{shown}” {problem}"),
        });
    }
    match channels.needs_links() {
        None => Ok(()),
        Some(channel) => Err(Error::Config {
            key,
            problem: missing_links(channel),
        }),
    }
}

/// Where compiled code is kept: beside the database, since both belong to this host alone.
pub(super) fn cache_beside(database: &Path) -> PathBuf {
    let mut name = database.file_name().unwrap_or_default().to_owned();
    name.push("-cache");
    database.with_file_name(name)
}

/// A key of the store's own, made where there is none yet.
fn secret(store: &dyn Store, ids: &Ids, name: &str) -> Result<[u8; 32], Error> {
    loop {
        if let Some(found) = store.secret(name)? {
            return <[u8; 32]>::try_from(found).map_err(|_| {
                StoreError::Corrupt(format!("the key “{name}” does not have 32 bytes")).into()
            });
        }
        let mut changeset = Changeset::new();
        changeset.expect(Expect::SecretAbsent(name.to_owned()));
        changeset.push(Change::PutSecret {
            name: name.to_owned(),
            value: ids.bytes::<32>().to_vec(),
        });
        match store.commit(changeset) {
            // Another process was quicker.
            Ok(_) | Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
