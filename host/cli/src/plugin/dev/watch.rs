use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;

use anyhow::{Context, Result};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use sha2::{Digest, Sha256};

use super::Input;

/// Watches a project's files, except cargo's output.
pub struct Watch {
    folder: PathBuf,
    ignored: Arc<IgnoredPaths>,
    watcher: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
    /// Hash of the files at the last check.
    last_hash: Option<[u8; 32]>,
}

impl Watch {
    /// Starts watching. Reports each possible change; [`Watch::changed`] checks it.
    pub fn start(
        folder: PathBuf,
        ignored: IgnoredPaths,
        inputs_tx: Sender<Input>,
    ) -> Result<Watch> {
        let ignored = Arc::new(ignored);
        let ignored_here = ignored.clone();
        let on_event = move |event: notify::Result<Event>| {
            // Reading is no change, and the compiler reads every file. An error may hide a change.
            if event.is_ok_and(|it| {
                matches!(it.kind, EventKind::Access(_))
                    || !it.paths.is_empty()
                        && it.paths.iter().all(|path| ignored_here.contains(path))
            }) {
                return;
            }
            // The receiver is gone during a stop.
            drop(inputs_tx.send(Input::Saved));
        };
        let watcher = notify::recommended_watcher(on_event).context("cannot watch for changes")?;
        let mut watch = Watch {
            folder,
            ignored,
            watcher,
            watched: BTreeSet::new(),
            last_hash: None,
        };
        let folder = watch.folder.clone();
        watch.add(folder, RecursiveMode::NonRecursive)?;
        watch.watch_subfolders()?;
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

    /// Adds the folders below the project folder, including new ones.
    fn watch_subfolders(&mut self) -> Result<()> {
        for path in entries(&self.folder, &self.ignored) {
            if path.is_dir() {
                self.add(path, RecursiveMode::Recursive)?;
            }
        }
        Ok(())
    }

    /// Returns true if a file differs from the last call, and on the first call. Opening a file, or
    /// saving it unchanged, does not count.
    pub fn changed(&mut self) -> bool {
        // A folder that cannot be watched is still read after any other change.
        drop(self.watch_subfolders());
        let mut hash = Sha256::new();
        for path in entries(&self.folder, &self.ignored) {
            read(&path, &self.ignored, &mut hash);
        }
        let now = Some(hash.finalize().into());
        std::mem::replace(&mut self.last_hash, now) != now
    }
}

/// Paths in the project folder to ignore: cargo's target folder and the development database.
pub struct IgnoredPaths {
    pub target: PathBuf,
    pub db: PathBuf,
}

impl IgnoredPaths {
    fn contains(&self, path: &Path) -> bool {
        let name = |path: &Path| {
            path.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        };
        let own = name(path);
        // A database's journals, lock and cache begin with its name.
        let of_db = path.parent() == self.db.parent() && own.starts_with(&name(&self.db));
        of_db
            || path.starts_with(&self.target)
            || own == "Cargo.lock"
            || own.starts_with('.')
            || own.ends_with('~')
    }
}

/// Returns the entries of a folder without hidden files, editor backups and ignored paths.
fn entries(folder: &Path, ignored: &IgnoredPaths) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths.filter(|path| !ignored.contains(path)).collect()
}

fn read(path: &Path, ignored: &IgnoredPaths, hash: &mut Sha256) {
    if path.is_dir() {
        for path in entries(path, ignored) {
            read(&path, ignored, hash);
        }
        return;
    }
    hash.update(path.as_os_str().as_encoded_bytes());
    // A file that is gone by now counts as changed.
    let text = fs::read(path).unwrap_or_default();
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text);
}
