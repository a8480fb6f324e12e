//! Backup and restore of a database.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::lock::Lock;
use crate::error::Error;
use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::sqlite::{self, Contents, Copying};

/// The result of [`restore`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Restored {
    pub contents: Contents,
    /// The new path of the replaced file. `None` if there was none.
    pub replaced: Option<PathBuf>,
}

/// Copies a database, as of one moment, into a single file. Hosts may run on the database meanwhile. The copy appears
/// under its name when it is complete, was read from end to end, and is on the disk. `overwrite` lets it replace
/// another file.
///
/// # Errors
/// [`Error::Store`]: there is no such database, or it is not intact; the copy would replace
/// something; the disk is full.
pub fn backup(
    database: &Path,
    to: &Path,
    overwrite: bool,
    mut watch: impl FnMut(Copying),
) -> Result<Contents, Error> {
    let database = existing(database)?;
    if same(&database, to) {
        return Err(unusable(format!(
            "{} is the database itself: name another file",
            to.display()
        )));
    }
    if to.is_dir() {
        return Err(unusable(format!(
            "{0} is a directory: name a file in it, such as {0}/crm-backup.db",
            to.display()
        )));
    }
    if to.exists() && !overwrite {
        return Err(unusable(format!(
            "{} is there already: name another file, or replace it with --force",
            to.display()
        )));
    }
    let parent = directory_of(to);
    if !parent.is_dir() {
        return Err(unusable(format!(
            "there is no directory {}: make it, or name another file",
            parent.display()
        )));
    }
    free_of_journals(to)?;
    let partial = Partial::beside(to, "partial");
    let contents = sqlite::copy(&database, &partial.0, &mut watch)?;
    rename(&partial.0, to)?;
    sync_directory(to)?;
    Ok(contents)
}

/// Puts a backup in a database's place. The file that was there is kept beside it, with its journal.
/// No host may run on the database, and nobody else have it open. With `dry_run` the backup is
/// checked and nothing is written.
///
/// # Errors
/// [`Error::Store`]: the backup is not one, is of a newer version, or is not intact; somebody uses
/// the database; the disk is full.
pub fn restore(
    from: &Path,
    database: &Path,
    now: Timestamp,
    dry_run: bool,
    mut watch: impl FnMut(Copying),
) -> Result<Restored, Error> {
    let from = existing(from)?;
    // Where a link leads to the database, the link stays.
    let database = database
        .canonicalize()
        .unwrap_or_else(|_| database.to_owned());
    if same(&from, &database) {
        return Err(unusable(format!(
            "{} is the database itself: name the backup, and the database with --db",
            from.display()
        )));
    }
    let aside = database.exists().then(|| free_name(&database, now));
    if dry_run {
        if database.exists() && super::is_running(&database) {
            return Err(StoreError::InUse(database.display().to_string()).into());
        }
        watch(Copying::Checking);
        let contents = sqlite::check(&from)?;
        return Ok(Restored {
            contents,
            replaced: aside,
        });
    }
    let _lock = Lock::take(&database)?;
    let partial = Partial::beside(&database, "restoring");
    let contents = sqlite::copy(&from, &partial.0, &mut watch)?;
    if let Some(aside) = &aside {
        sqlite::settle(&database)?;
        // A journal that could not be worked off must not meet the new file.
        let journal = with_suffix(&database, "-wal");
        if journal.exists() {
            rename(&journal, &with_suffix(aside, "-wal"))?;
        }
        remove(&with_suffix(&database, "-shm"))?;
        // Two names for the old file, so that there is a database at every moment.
        if fs::hard_link(&database, aside).is_err() {
            rename(&database, aside)?;
        }
    } else {
        free_of_journals(&database)?;
    }
    rename(&partial.0, &database)?;
    sync_directory(&database)?;
    Ok(Restored {
        contents,
        replaced: aside,
    })
}

/// A file that is removed on drop, unless it was renamed.
struct Partial(PathBuf);

impl Partial {
    fn beside(path: &Path, what: &str) -> Partial {
        let suffix = format!(".{what}-{}", std::process::id());
        let path = with_suffix(path, &suffix);
        // Of a process that had this number before.
        drop(fs::remove_file(&path));
        Partial(path)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            drop(fs::remove_file(with_suffix(&self.0, suffix)));
        }
    }
}

fn existing(path: &Path) -> Result<PathBuf, Error> {
    if path.exists() {
        return Ok(path.to_owned());
    }
    Err(unusable(format!("there is no file {}", path.display())))
}

/// Refuses files that SQLite would take for the new file's journal.
fn free_of_journals(path: &Path) -> Result<(), Error> {
    for suffix in ["-wal", "-journal"] {
        let journal = with_suffix(path, suffix);
        if journal.exists() {
            return Err(unusable(format!(
                "{} is there, the journal of another database: move it away, or close who uses it",
                journal.display()
            )));
        }
    }
    Ok(())
}

fn free_name(database: &Path, now: Timestamp) -> PathBuf {
    let name = |more: &str| {
        let stamp = now.strftime("%Y%m%dT%H%M%SZ");
        with_suffix(database, &format!(".before-restore-{stamp}{more}"))
    };
    std::iter::once(String::new())
        .chain((2..).map(|n| format!("-{n}")))
        .map(|more| name(&more))
        .find(|path| !path.exists())
        .unwrap_or_else(|| name(""))
}

fn same(a: &Path, b: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let id = |path: &Path| path.metadata().ok().map(|it| (it.dev(), it.ino()));
        id(a).is_some() && id(a) == id(b)
    }
    #[cfg(not(unix))]
    {
        let real = |path: &Path| path.canonicalize().ok();
        real(a).is_some() && real(a) == real(b)
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).map_err(|error| {
        unusable(format!(
            "{} cannot become {}: {error}",
            from.display(),
            to.display()
        ))
    })
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(unusable(format!(
            "{} cannot be removed: {error}",
            path.display()
        ))),
        _ => Ok(()),
    }
}

/// A name is on the disk when its directory is.
fn sync_directory(path: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    {
        fs::File::open(directory_of(path))
            .and_then(|directory| directory.sync_all())
            .map_err(|error| StoreError::Disk(error.to_string()))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

fn directory_of(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| *parent != Path::new(""))
        .unwrap_or(Path::new("."))
}

fn unusable(problem: String) -> Error {
    StoreError::Unusable(problem).into()
}
