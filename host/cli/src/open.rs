//! Opens the host for a command.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::Global;
use regulars::host::{Host, HostBuilder};
use regulars::model::Actor;
use regulars::store::sqlite::{SqliteOptions, Synchronous};

const DEFAULT: &str = "regulars.db";

/// The values of `--durability`, for [`Synchronous`].
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum Durability {
    Full,
    Normal,
}

impl Global {
    pub fn db(&self) -> &Path {
        self.db.as_deref().unwrap_or(Path::new(DEFAULT))
    }

    /// Returns a builder with the settings that all commands share.
    pub fn builder(&self) -> HostBuilder {
        Host::builder()
            .sqlite_with(self.db(), self.options())
            .time_zone(self.time_zone.clone())
            .actor(Actor::Cli)
    }

    /// Returns the options that the database is opened with.
    pub fn options(&self) -> SqliteOptions {
        SqliteOptions {
            synchronous: match self.durability {
                Durability::Full => Synchronous::Full,
                Durability::Normal => Synchronous::Normal,
            },
            ..SqliteOptions::default()
        }
    }

    /// Builds a host. An error of the store names the database file.
    pub fn build(&self, builder: HostBuilder) -> Result<Host> {
        let db = || format!("database {}", self.db().display());
        let builder = match &self.policy {
            Some(path) => builder.policy(super::policy::read(path)?),
            None => builder,
        };
        let builder = match &self.channels {
            Some(path) => super::channels::open(builder, path)?,
            None => builder,
        };
        // After the channels file, which may set a public URL too.
        let builder = match &self.public_url {
            Some(url) => builder.public_url(url),
            None => builder,
        };
        match builder.build() {
            Err(error @ regulars::Error::Store(_)) => Err(error).with_context(db),
            other => Ok(other?),
        }
    }

    /// Opens a host without workers, so that another process can serve the same file. Creates the
    /// file if it does not exist.
    pub fn open(&self) -> Result<Host> {
        self.build(self.builder().without_workers())
    }

    /// As [`Global::open`], but fails if the database does not exist.
    pub fn open_existing(&self) -> Result<Host> {
        self.require()?;
        self.open()
    }

    /// As [`Global::open_existing`], but writes nothing: an older schema is not migrated.
    pub fn open_as_it_is(&self) -> Result<Host> {
        self.require()?;
        self.build(self.builder().without_workers().without_migrations())
    }

    fn require(&self) -> Result<()> {
        let db = self.db();
        if !db.exists() {
            bail!(
                "no database {}: name one with --db or REGULARS_DB, or create it with `regulars serve` or `regulars import`",
                db.display()
            );
        }
        Ok(())
    }
}

/// A temporary database, deleted when it is dropped. Drop its host first.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Result<Scratch> {
        let name = format!("regulars-{}", uuid::Uuid::now_v7());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Scratch(path))
    }

    pub fn builder(&self, time_zone: &str) -> HostBuilder {
        Host::builder()
            .sqlite(self.0.join("regulars.db"))
            .time_zone(time_zone)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A leftover is small and lies in the temporary directory.
        drop(std::fs::remove_dir_all(&self.0));
    }
}
