use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;

use anyhow::{Context, Result};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use sha2::{Digest, Sha256};

use super::Happening;

/// Watches a project's files, without what cargo writes beside them.
pub struct Watch {
    folder: PathBuf,
    watcher: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
    /// What the files were when they were looked at last.
    seen: Option<[u8; 32]>,
}

impl Watch {
    /// Tells of whatever may be a change: [`Watch::changed`] knows.
    pub fn start(folder: PathBuf, tell: Sender<Happening>) -> Result<Watch> {
        let told = move |event: notify::Result<Event>| {
            // Reading is no change, and the compiler reads all of them. What went wrong may have been one.
            if event.is_ok_and(|it| matches!(it.kind, EventKind::Access(_))) {
                return;
            }
            // Nobody listens once it stops.
            drop(tell.send(Happening::Saved));
        };
        let watcher = notify::recommended_watcher(told).context("cannot watch for changes")?;
        let mut watch = Watch {
            folder,
            watcher,
            watched: BTreeSet::new(),
            seen: None,
        };
        let folder = watch.folder.clone();
        watch.add(folder, RecursiveMode::NonRecursive)?;
        watch.folders()?;
        Ok(watch)
    }

    fn add(&mut self, folder: PathBuf, mode: RecursiveMode) -> Result<()> {
        if !self.watched.contains(&folder) {
            self.watcher
                .watch(&folder, mode)
                .with_context(|| format!("cannot watch {} for changes", folder.display()))?;
            self.watched.insert(folder);
        }
        Ok(())
    }

    /// The folders below the project's, of which there may be new ones.
    fn folders(&mut self) -> Result<()> {
        for path in entries(&self.folder, true) {
            if path.is_dir() {
                self.add(path, RecursiveMode::Recursive)?;
            }
        }
        Ok(())
    }

    /// Whether the files are other ones than at the last time, or this is the first. A file that was only opened, or
    /// saved as it was, is no change.
    pub fn changed(&mut self) -> bool {
        // A folder that cannot be watched is still read whenever anything else changes.
        drop(self.folders());
        let mut hash = Sha256::new();
        for path in entries(&self.folder, true) {
            read(&path, &mut hash);
        }
        let now = Some(hash.finalize().into());
        std::mem::replace(&mut self.seen, now) != now
    }
}

/// What lies in a folder, without what is hidden, copies that editors keep, and in the project's own what cargo makes.
fn entries(folder: &Path, top: bool) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let meant = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let made = top && (name == "target" || name == "Cargo.lock");
        !made && !name.starts_with('.') && !name.ends_with('~')
    };
    entries.filter(meant).map(|entry| entry.path()).collect()
}

fn read(path: &Path, hash: &mut Sha256) {
    if path.is_dir() {
        for path in entries(path, false) {
            read(&path, hash);
        }
        return;
    }
    hash.update(path.as_os_str().as_encoded_bytes());
    // One that is gone by now is another one than it was.
    let text = fs::read(path).unwrap_or_default();
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text);
}
