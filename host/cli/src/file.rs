//! Writes files that hold personal data or a secret.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Creates or replaces a file that only its owner can read. The file appears once it is complete;
/// on an error the old one stays. Pipes and devices are written to directly.
pub fn private(file: &Path, with: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
    let stream = file.metadata().is_ok_and(|it| !it.is_file());
    let written = if stream {
        write(file, with)
    } else {
        let mut beside = file.as_os_str().to_owned();
        beside.push(".part");
        let beside = PathBuf::from(beside);
        let whole = write(&beside, with);
        let named = whole.and_then(|()| Ok(std::fs::rename(&beside, file)?));
        if named.is_err() {
            drop(std::fs::remove_file(&beside));
        }
        named
    };
    written.with_context(|| format!("cannot write {}", file.display()))
}

fn write(file: &Path, with: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut to = BufWriter::new(options.open(file)?);
    with(&mut to)?;
    Ok(to.flush()?)
}
