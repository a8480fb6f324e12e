//! One running host per database: an advisory lock on a file beside it, which the system releases when the process
//! ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::store::StoreError;

/// The number of tries and the pause between them: `is_running` holds the lock for an instant.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(20);

/// Held while a host runs.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Lock {
    /// Takes the lock of an existing database.
    pub fn take(database: &Path) -> Result<Lock, StoreError> {
        let path = beside(database);
        let unusable = |error: io::Error| {
            StoreError::Unusable(format!(
                "{} cannot be locked ({error}): keep the database in a directory of this machine \
                 that the host may write to",
                path.display()
            ))
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(unusable)?;
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Lock(file)),
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
                Err(TryLockError::Error(error)) => return Err(unusable(error)),
            }
        }
        Err(StoreError::InUse(database.display().to_string()))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // At once, even where a child process that is being started still has a copy of the file.
        drop(self.0.unlock());
    }
}

/// Returns true if a host runs on this database, in this process or another.
pub fn is_running(database: &Path) -> bool {
    let Ok(file) = File::open(beside(database)) else {
        return false;
    };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// Returns the path beside the file itself, even if a link led there.
fn beside(database: &Path) -> PathBuf {
    let database = database
        .canonicalize()
        .unwrap_or_else(|_| database.to_owned());
    let mut name = database.file_name().unwrap_or_default().to_owned();
    name.push("-lock");
    database.with_file_name(name)
}
