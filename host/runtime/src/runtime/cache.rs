//! The cache of compiled components. A file's name changes with everything that the code depends on.
//!
//! A compiled component is native code that the engine cannot verify. Only this host may write to the
//! directory, and the checksum detects damage by a full disk or a crash.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;

use crate::Error;
use regulars_model::Digest;

/// The first bytes of every file: its type and format version.
const MAGIC: &[u8; 8] = b"RGLRcwa1";
const SUM: usize = 32;

/// The content of a cache directory.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Survey {
    /// Loadable files.
    pub usable: u64,
    /// Files of removed plugins, of other versions of the program, and incomplete ones.
    pub stale: u64,
    pub stale_bytes: u64,
    /// Files that must be compiled again.
    pub damaged: u64,
    /// True if another user owns the directory or can write to it. The host refuses to start then.
    pub open_to_others: bool,
}

pub(super) struct Cache {
    dir: PathBuf,
    engine: u64,
    written: AtomicU64,
}

impl Cache {
    /// Opens the directory, and creates it if it is missing. Refuses a directory that others can write to.
    pub fn open(dir: &Path, engine: &Engine) -> Result<Cache, Error> {
        let refuse = |problem: String| Error::Config {
            key: "runtime.cache_dir",
            problem,
        };
        make_private(dir)
            .map_err(|error| refuse(format!("{} cannot be created: {error}", dir.display())))?;
        let unreadable =
            |error: io::Error| refuse(format!("{} cannot be read: {error}", dir.display()));
        if is_anothers(dir).map_err(unreadable)? {
            return Err(refuse(format!(
                "{} belongs to another user, but the host runs the code in it: choose another directory, or run the host as that \
                 user",
                dir.display()
            )));
        }
        if is_open_to_others(dir).map_err(unreadable)? {
            return Err(refuse(format!(
                "others can write to {0}, but the host runs the code in it: choose another directory, or run `chmod 700 {0}`",
                dir.display()
            )));
        }
        Ok(Cache::of(dir, engine))
    }

    /// Inspects the directory without changing it. A missing directory is empty.
    pub fn survey(dir: &Path, engine: &Engine, wanted: &[Digest]) -> io::Result<Survey> {
        let entries = match fs::read_dir(dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Survey::default()),
            other => other?,
        };
        let cache = Cache::of(dir, engine);
        let wanted: Vec<PathBuf> = wanted.iter().map(|digest| cache.path(digest)).collect();
        let mut survey = Survey {
            open_to_others: is_open_to_others(dir)? || is_anothers(dir)?,
            ..Survey::default()
        };
        for entry in entries {
            let path = entry?.path();
            let bytes = fs::read(&path)?;
            if !wanted.contains(&path) {
                survey.stale += 1;
                survey.stale_bytes += bytes.len() as u64;
            } else if code(&bytes).is_some() {
                survey.usable += 1;
            } else {
                survey.damaged += 1;
            }
        }
        Ok(survey)
    }

    fn of(dir: &Path, engine: &Engine) -> Cache {
        // The engine's hash covers its version, its settings and the processor.
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Cache {
            dir: dir.to_owned(),
            engine: hasher.finish(),
            written: AtomicU64::new(0),
        }
    }

    /// Returns the compiled code of a component. `None` if it is missing or damaged.
    pub fn get(&self, digest: &Digest) -> Option<Vec<u8>> {
        let mut bytes = fs::read(self.path(digest)).ok()?;
        if code(&bytes).is_none() {
            tracing::warn!(%digest, "the compiled code in the cache is damaged: compiling again");
            return None;
        }
        bytes.drain(..MAGIC.len() + SUM);
        Some(bytes)
    }

    /// Stores compiled code. A write error costs only time, so it is logged and ignored.
    pub fn put(&self, digest: &Digest, code: &[u8]) {
        let path = self.path(digest);
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_extension(format!("{}-{number}.tmp", std::process::id()));
        let written = write_new(&temporary, code).and_then(|()| fs::rename(&temporary, &path));
        if let Err(error) = written {
            let _ = fs::remove_file(&temporary);
            tracing::warn!(%digest, "cannot store the compiled code in {}: {error}", path.display());
        }
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.dir
            .join(format!("{}-{:016x}.cwasm", digest.hex(), self.engine))
    }
}

/// Returns the code in a cache file. `None` if it is damaged.
fn code(bytes: &[u8]) -> Option<&[u8]> {
    let (sum, code) = bytes.strip_prefix(MAGIC)?.split_at_checked(SUM)?;
    (sum == Sha256::digest(code).as_slice()).then_some(code)
}

fn write_new(path: &Path, code: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create_new(path)?;
    file.write_all(MAGIC)?;
    file.write_all(&Sha256::digest(code))?;
    file.write_all(code)?;
    file.flush()
}

#[cfg(unix)]
fn make_private(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
}

#[cfg(not(unix))]
fn make_private(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)
}

#[cfg(unix)]
fn is_open_to_others(dir: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(dir)?.permissions().mode() & 0o022 != 0)
}

/// Returns true if the owner is neither this user nor root.
#[cfg(unix)]
fn is_anothers(dir: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let owner = fs::metadata(dir)?.uid();
    Ok(owner != 0 && owner != rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn is_anothers(_dir: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(not(unix))]
fn is_open_to_others(_dir: &Path) -> io::Result<bool> {
    Ok(false)
}
