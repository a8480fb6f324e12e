//! Opening the host for a command.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::Global;
use crate::host::{Host, HostBuilder};
use crate::model::Actor;
use crate::store::sqlite::{SqliteOptions, Synchronous};

const DEFAULT: &str = "regulars.db";

/// The words of the command line for [`Synchronous`].
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum Durability {
    Full,
    Normal,
}

impl Global {
    pub fn db(&self) -> &Path {
        self.db.as_deref().unwrap_or(Path::new(DEFAULT))
    }

    /// A builder with what every command has in common.
    pub fn builder(&self) -> HostBuilder {
        Host::builder()
            .sqlite_with(self.db(), self.options())
            .time_zone(self.time_zone.clone())
            .actor(Actor::Cli)
    }

    /// How the file is opened.
    pub fn options(&self) -> SqliteOptions {
        SqliteOptions {
            synchronous: match self.durability {
                Durability::Full => Synchronous::Full,
                Durability::Normal => Synchronous::Normal,
            },
            ..SqliteOptions::default()
        }
    }

    /// Builds a host; where the database is at fault, says which.
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
        // After the file of channels, which may name another.
        let builder = match &self.public_url {
            Some(url) => builder.public_url(url),
            None => builder,
        };
        match builder.build() {
            Err(error @ crate::Error::Store(_)) => Err(error).with_context(db),
            other => Ok(other?),
        }
    }

    /// A host that looks and writes but runs nothing, so that it can be opened while another
    /// process serves the same file. The file is made if it is not there.
    pub fn open(&self) -> Result<Host> {
        self.build(self.builder().without_workers())
    }

    /// [`Global::open`], for commands that only make sense on a file that is there.
    pub fn open_existing(&self) -> Result<Host> {
        self.require()?;
        self.open()
    }

    /// [`Global::open_existing`], for commands that change nothing, not even the schema of an older file.
    pub fn open_as_it_is(&self) -> Result<Host> {
        self.require()?;
        self.build(self.builder().without_workers().without_migrations())
    }

    fn require(&self) -> Result<()> {
        let db = self.db();
        if !db.exists() {
            bail!(
                "there is no database {}: name one with --db or REGULARS_DB, or start with `regulars serve` or `regulars import`",
                db.display()
            );
        }
        Ok(())
    }
}

/// A database that goes when it is dropped, for what must leave no trace. Drop it after its host.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Result<Scratch> {
        let name = format!("regulars-{}", uuid::Uuid::now_v7());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
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
        // Left behind, it is small, and in the directory for such things.
        drop(std::fs::remove_dir_all(&self.0));
    }
}
