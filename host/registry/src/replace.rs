//! Atomic replacement and locking of files that other processes read.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::error::RegistryError;
use crate::bounded;

/// Replaces a file atomically: writes a temporary file, syncs it and renames it.
pub(super) fn replace(path: &Path, content: &[u8]) -> Result<(), RegistryError> {
    let folder = folder_of(path);
    let write = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".regulars-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
        let mut file = builder.tempfile_in(folder)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        #[cfg(unix)]
        fs::File::open(folder)?.sync_all()?;
        Ok::<_, std::io::Error>(())
    };
    write().map_err(|error| unusable(path, format!("cannot be written: {error}")))
}

/// Runs `work` while it holds the lock of the file's folder.
pub(super) fn with_lock<T>(
    path: &Path,
    work: impl FnOnce() -> Result<T, RegistryError>,
) -> Result<T, RegistryError> {
    let folder = folder_of(path);
    // Windows opens no folders as files: there, the last of two concurrent writers wins.
    #[cfg(unix)]
    let _held = fs::File::open(folder)
        .and_then(|file| file.lock().map(|()| file))
        .map_err(|error| unusable(folder, format!("cannot be locked: {error}")))?;
    work()
}

/// Returns the text of a file, at most 4 MiB. `None` if the file is missing.
pub(super) fn text_of(path: &Path) -> Result<Option<String>, RegistryError> {
    const MOST: u64 = 4 << 20;
    match bounded::read_text(path, MOST) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(path, format!("cannot be read: {error}"))),
    }
}

pub(super) fn unusable(path: &Path, problem: String) -> RegistryError {
    RegistryError::File {
        path: path.to_owned(),
        problem,
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
