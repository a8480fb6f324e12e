//! Keeps compiled components, under a name that changes with whatever the code depends on.
//!
//! A compiled component is native code, and the engine cannot tell good from bad. What protects it is
//! that only this host writes to the directory; the checksum finds what a full disk or a crash left.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;

use crate::error::Error;
use crate::model::Digest;

/// First bytes of every file: what it is, and the version of its form.
const MAGIC: &[u8; 8] = b"RGLRcwa1";
const SUM: usize = 32;

/// What lies in a directory of compiled code.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Survey {
    /// Files that would be loaded.
    pub usable: u64,
    /// Files of plugins that are not installed, of other versions of the program, and half ones.
    pub stale: u64,
    pub stale_bytes: u64,
    /// Files that would be compiled again.
    pub damaged: u64,
    /// Whether others may write there, or it is theirs: then the host does not start.
    pub open_to_others: bool,
}

pub(super) struct Cache {
    dir: PathBuf,
    engine: u64,
    written: AtomicU64,
}

impl Cache {
    /// Opens the directory, and makes it where there is none. It must not be open to others.
    pub fn open(dir: &Path, engine: &Engine) -> Result<Cache, Error> {
        let refuse = |problem: String| Error::Config {
            key: "runtime.cache_dir",
            problem,
        };
        make_private(dir)
            .map_err(|error| refuse(format!("{} cannot be made: {error}", dir.display())))?;
        let unreadable =
            |error: io::Error| refuse(format!("{} cannot be read: {error}", dir.display()));
        if is_anothers(dir).map_err(unreadable)? {
            return Err(refuse(format!(
                "{} belongs to another user, and the code in it is run: choose another, or run this as that \
                 user",
                dir.display()
            )));
        }
        if is_open_to_others(dir).map_err(unreadable)? {
            return Err(refuse(format!(
                "others may write to {0}, and the code in it is run: choose another, or `chmod 700 {0}`",
                dir.display()
            )));
        }
        Ok(Cache::of(dir, engine))
    }

    /// Looks at the directory, which need not be there, and changes nothing in it.
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

    /// The compiled code of a component; none where there is none, or it is damaged.
    pub fn get(&self, digest: &Digest) -> Option<Vec<u8>> {
        let mut bytes = fs::read(self.path(digest)).ok()?;
        if code(&bytes).is_none() {
            tracing::warn!(%digest, "the compiled code in the cache is damaged: compiling again");
            return None;
        }
        bytes.drain(..MAGIC.len() + SUM);
        Some(bytes)
    }

    /// Keeps compiled code. A cache that cannot be written costs time, so that is only told.
    pub fn put(&self, digest: &Digest, code: &[u8]) {
        let path = self.path(digest);
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_extension(format!("{}-{number}.tmp", std::process::id()));
        let written = write_new(&temporary, code).and_then(|()| fs::rename(&temporary, &path));
        if let Err(error) = written {
            let _ = fs::remove_file(&temporary);
            tracing::warn!(%digest, "the compiled code could not be kept in {}: {error}", path.display());
        }
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.dir
            .join(format!("{}-{:016x}.cwasm", digest.hex(), self.engine))
    }
}

/// The code in a file of the cache; none where it is damaged.
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

/// Whether somebody owns it who is neither this user nor the system's administrator.
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
