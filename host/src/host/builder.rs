use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::lock::Lock;
use super::log::LogWatch;
use super::{Host, Life};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Transcripts};
use crate::dispatch::Dispatcher;
use crate::engine::{Engine, Parts};
use crate::error::Error;
use crate::ids::Ids;
use crate::links::Links;
use crate::model::Actor;
use crate::outbox::{Channels, Outbox, missing_links};
use crate::policy::{ContactPolicy, Policy};
use crate::runtime::{Runtime, RuntimeConfig};
use crate::store::sqlite::{SqliteOptions, SqliteStore};
use crate::store::{Change, Changeset, Precondition, Store, StoreError};
use crate::ticker::Ticker;
use crate::web_url::check_base;

/// A builder of a [`Host`]. Only the store is required.
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
    without_workers: bool,
    without_migrations: bool,
    actor: Option<Actor>,
}

impl HostBuilder {
    /// Stores all data in one SQLite file, which is created if it does not exist. A running host locks `<file>-lock`,
    /// so that at most one host runs on a file.
    pub fn sqlite(self, path: impl AsRef<Path>) -> HostBuilder {
        self.sqlite_with(path, SqliteOptions::default())
    }

    /// Stores all data in one SQLite file, as [`HostBuilder::sqlite`] does, with options.
    pub fn sqlite_with(mut self, path: impl AsRef<Path>, options: SqliteOptions) -> HostBuilder {
        self.sqlite = Some((path.as_ref().to_owned(), options));
        self
    }

    /// Stores all data in the given store.
    pub fn store(mut self, store: Arc<dyn Store>) -> HostBuilder {
        self.store = Some(store);
        self
    }

    /// Installs each `*.wasm` file of a directory that is not installed yet, and grants all that its manifest asks for.
    /// Only the operator may be able to write to the directory. The host remembers the files: while a file is
    /// unchanged, the host keeps the installation, upgrade, rollback or uninstallation that a person made.
    ///
    /// A changed file is an upgrade ([`Host::upgrade`]): settings, memory and refused grants stay. If it asks for more,
    /// the installed version stays, and a warning at each start names the command that accepts it. A plugin that a
    /// person installed from elsewhere is not changed. An uninstalled plugin is not installed again.
    pub fn plugins(mut self, directory: impl AsRef<Path>) -> HostBuilder {
        self.plugins.push(directory.as_ref().to_owned());
        self
    }

    /// Sets the source of time; the machine's clock by default.
    pub fn clock(mut self, clock: impl Clock) -> HostBuilder {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Sets the business's IANA time zone; `UTC` by default.
    pub fn time_zone(mut self, name: impl Into<String>) -> HostBuilder {
        self.config.time_zone = name.into();
        self
    }

    /// Sets the share of runs that keep a transcript, and the limits on the size, age and number of transcripts.
    pub fn transcripts(mut self, transcripts: Transcripts) -> HostBuilder {
        self.config.transcripts = transcripts;
        self
    }

    /// Sets the contact policy. It must pass [`ContactPolicy::check`].
    pub fn policy(mut self, policy: ContactPolicy) -> HostBuilder {
        self.contact = policy;
        self
    }

    /// Sets the channels for messages; the desk alone by default.
    pub fn channels(mut self, channels: Channels) -> HostBuilder {
        self.channels = channels;
        self
    }

    /// Sets the public URL of this host, the base of links in messages, such as `https://crm.example.com`. It must use
    /// https, or point to this machine. Mail requires it, because every mail has an unsubscribe link.
    pub fn public_url(mut self, url: impl Into<String>) -> HostBuilder {
        self.public_url = Some(url.into());
        self
    }

    /// Sets all settings except those of the sandbox.
    pub fn config(mut self, config: Config) -> HostBuilder {
        self.config = config;
        self
    }

    /// Sets the limits of the sandbox.
    pub fn runtime(mut self, runtime: RuntimeConfig) -> HostBuilder {
        self.runtime = runtime;
        self
    }

    /// Starts no threads: no event, schedule or timer runs. This is for programs that read, import or install while
    /// another process serves. Events that they append wait for that process.
    pub fn without_workers(mut self) -> HostBuilder {
        self.without_workers = true;
        self
    }

    /// Refuses a file with an older schema instead of migrating it. This is for programs that write nothing.
    pub fn without_migrations(mut self) -> HostBuilder {
        self.without_migrations = true;
        self
    }

    /// Sets the actor that the audit names for administrative acts, unless [`Host::acting_as`] names another. The
    /// default is the program itself.
    pub fn actor(mut self, actor: Actor) -> HostBuilder {
        self.actor = Some(actor);
        self
    }

    /// Opens the store, loads the plugins, and starts the host.
    ///
    /// # Errors
    /// [`Error::Config`] for an unusable setting. [`Error::Store`] if the store cannot be opened or another host runs
    /// on it. [`Error::Plugin`] if a plugin of a directory cannot be installed.
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
                    if migrates && self.without_migrations {
                        return Err(StoreError::OlderSchema);
                    }
                    if !self.without_workers {
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
        let links = Links::new(self.public_url.as_deref(), secret(&*store, &ids, "links")?);
        let engine = Arc::new(Engine::new(Parts {
            ids,
            policy: Policy {
                question_days: self.config.question_days,
                max_depth: self.config.max_depth,
                contact: self.contact,
                channels: self.channels.offered(),
            },
            links,
            points_key,
            clock: self.clock.unwrap_or_else(|| Arc::new(SystemClock)),
            runtime: Runtime::new(runtime)?,
            config: self.config,
            store,
        }));
        if lock.is_some() {
            // No other host runs on the file, so all message leases come from an ended process.
            let mut changeset = Changeset::new();
            changeset.push(Change::ReleaseLeases);
            if let Err(error) = engine.store.commit(changeset) {
                // The leases expire within minutes, so the host starts anyway.
                tracing::warn!(%error, "messages that were being sent wait for their time to be over");
            }
        }
        engine.reload_plugins()?;
        let dispatcher = Arc::new(match self.without_workers {
            true => Dispatcher::without_workers(engine.clone()),
            false => Dispatcher::new(engine.clone()),
        });
        let outbox = Arc::new(Outbox::new(engine.clone(), self.channels));
        let host = Host {
            ticker: Arc::new(Ticker::new(
                engine.clone(),
                dispatcher.clone(),
                outbox.clone(),
            )),
            log: LogWatch::of(&engine),
            key_uses: Arc::default(),
            actor: Arc::new(self.actor.unwrap_or(Actor::Library)),
            life: Arc::new(Life {
                engine: engine.clone(),
                dispatcher: dispatcher.clone(),
                outbox: outbox.clone(),
                threads: Mutex::default(),
                _lock: lock,
            }),
            engine,
            dispatcher,
            outbox,
        };
        let host = match self.without_workers {
            true => host,
            false => host.start()?,
        };
        host.take_up(&self.plugins)?;
        Ok(host)
    }
}

/// Returns the error for a program that would migrate the schema under a running host. Returns other errors unchanged.
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

/// Checks the public URL. A channel that puts links into messages requires one.
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

/// Returns the directory for compiled code, next to the database.
pub(super) fn cache_beside(database: &Path) -> PathBuf {
    let mut name = database.file_name().unwrap_or_default().to_owned();
    name.push("-cache");
    database.with_file_name(name)
}

/// Returns a key of the store, and creates it if it does not exist.
fn secret(store: &dyn Store, ids: &Ids, name: &str) -> Result<[u8; 32], Error> {
    loop {
        if let Some(found) = store.secret(name)? {
            return <[u8; 32]>::try_from(found).map_err(|_| {
                StoreError::Corrupt(format!("the key “{name}” does not have 32 bytes")).into()
            });
        }
        let mut changeset = Changeset::new();
        changeset.expect(Precondition::SecretAbsent(name.to_owned()));
        changeset.push(Change::PutSecret {
            name: name.to_owned(),
            value: ids.bytes::<32>().to_vec(),
        });
        match store.commit(changeset) {
            // Another process created it first.
            Ok(_) | Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
