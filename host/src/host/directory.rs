//! Directories of plugins: their files are installed, unless a person decided otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Host, InstallRequest, UpgradeRequest};
use crate::engine::inspect;
use crate::error::Error;
use crate::model::*;
use crate::store::{Change, Changeset, PluginOffer};

/// A component of a directory.
struct Offered {
    file: PathBuf,
    wasm: Vec<u8>,
    digest: Digest,
}

impl Host {
    /// Installs new files of the directories, and upgrades to changed ones.
    pub(super) fn take_up(&self, directories: &[PathBuf]) -> Result<(), Error> {
        let offers = self.engine.store.plugin_offers()?;
        let mut seen: BTreeMap<InstallationId, BTreeSet<Digest>> = BTreeMap::new();
        for directory in directories {
            for file in components(directory)? {
                let offered = Offered::read(directory, file)?;
                let digest = offered.digest;
                if let Some(id) = self.offer(offered, &offers)? {
                    seen.entry(id).or_default().insert(digest);
                }
            }
        }
        let mut changeset = Changeset::new();
        for (id, digests) in seen {
            let before = offers.iter().filter(|offer| offer.id == id);
            if before.map(|offer| offer.digest).ne(digests.iter().copied()) {
                let digests = digests.into_iter().collect();
                let at = self.now();
                changeset.push(Change::PutOffers { id, digests, at });
            }
        }
        if !changeset.changes.is_empty() {
            self.engine.commit(changeset)?;
        }
        Ok(())
    }

    /// Returns the plugin's id. `None` if the file waits for a person's decision.
    fn offer(
        &self,
        offered: Offered,
        offers: &[PluginOffer],
    ) -> Result<Option<InstallationId>, Error> {
        let digest = offered.digest;
        if let Some(offer) = offers.iter().find(|offer| offer.digest == digest) {
            return Ok(Some(offer.id.clone()));
        }
        let installed = self.installations();
        if let Some(same) = installed.iter().find(|it| it.digest == digest) {
            return Ok(Some(same.id.clone()));
        }
        let source = offered.file.display().to_string();
        let shown = crate::text::line(&source, 300);
        let (inspection, _) = inspect(&self.engine.runtime, &Component::new(offered.wasm.clone()))?;
        let id = crate::plugin::own_id(&inspection.manifest)?;
        let version = crate::text::line(&inspection.manifest.version, 64);
        let mine = offers.iter().filter(|offer| offer.id == id);
        let last = mine.map(|offer| offer.at).max();
        let Some(before) = installed.into_iter().find(|it| it.id == id) else {
            if last.is_some() {
                tracing::warn!(plugin = %id, "it was uninstalled, and its file changed to {version}: it stays out until \
                    somebody says: regulars plugin install {shown}");
                return Ok(None);
            }
            self.install(InstallRequest::new(offered.wasm, source))?;
            return Ok(Some(id));
        };
        let kept = self.engine.store.kept_versions(&id)?;
        // A person left this version since the last start.
        let was_left = kept.iter().any(|kept| {
            kept.installation.digest == digest && last.is_none_or(|last| kept.replaced_at > last)
        });
        if was_left {
            return Ok(Some(id));
        }
        let from_here = std::path::absolute(&before.source).is_ok_and(|it| it == offered.file);
        if last.is_none() && !from_here {
            let works = crate::text::line(&before.manifest.version, 64);
            tracing::warn!(plugin = %id, "{works} was installed from elsewhere, and works on; {version} is in the \
                directory, and takes its place when somebody says: regulars plugin upgrade {id} {shown}");
            return Ok(Some(id));
        }
        match self.upgrade(&id, UpgradeRequest::new(offered.wasm, source)) {
            Ok(_) => Ok(Some(id)),
            Err(Error::WiderAsks { asks, .. }) => {
                let works = crate::text::line(&before.manifest.version, 64);
                let asks = crate::text::line(&asks.join("; "), 600);
                tracing::warn!(plugin = %id, "{version} is in the directory and asks for more ({asks}): {works} works on \
                    until somebody accepts that: regulars plugin upgrade {id} {shown}");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

impl Offered {
    fn read(directory: &Path, file: PathBuf) -> Result<Offered, Error> {
        let wasm = std::fs::read(&file).map_err(|error| unreadable(directory, &error))?;
        Ok(Offered {
            digest: Digest::of(&wasm),
            file: std::path::absolute(&file).unwrap_or(file),
            wasm,
        })
    }
}

/// The files of a directory that are components, by name.
fn components(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = std::fs::read_dir(directory).map_err(|error| unreadable(directory, &error))?;
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let is_component = |file: &PathBuf| file.extension().is_some_and(|it| it == "wasm");
    let mut files: Vec<PathBuf> = files.filter(is_component).collect();
    files.sort();
    Ok(files)
}

fn unreadable(directory: &Path, error: &std::io::Error) -> Error {
    Error::Config {
        key: "plugins",
        problem: format!("{}: {error}", directory.display()),
    }
}
