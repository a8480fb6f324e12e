//! Migration of memories: the new version rewrites them by its hook `migrate`, one by one. All are written with the
//! new version, or none.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::engine::Engine;
use crate::error::Error;
use crate::model::*;
use crate::plugin::PluginError;
use crate::runtime::Plugin;
use crate::store::{Change, Changeset, Precondition, Rewritten};

/// Bytes of JSON that one upgrade rewrites at the most: they are in memory until they are written.
const MOST: usize = 256 << 20;

/// The rewriting of a plugin's memories for another version.
pub(super) struct Migration<'c> {
    engine: &'c Engine,
    id: &'c InstallationId,
    plugin: Arc<Plugin>,
    /// By place: the version of the memory that was read, and its new entries if they change.
    done: HashMap<u64, (u64, Option<BTreeMap<String, Json>>)>,
    /// The sum of all memories' versions.
    versions: u64,
    bytes: usize,
}

impl<'c> Migration<'c> {
    pub fn new(engine: &'c Engine, id: &'c InstallationId, plugin: Arc<Plugin>) -> Migration<'c> {
        Migration {
            engine,
            id,
            plugin,
            done: HashMap::new(),
            versions: 0,
            bytes: 0,
        }
    }

    /// Rewrites every memory that was written since the last round.
    ///
    /// # Errors
    /// [`PluginError::Migrate`] says on whose memory the hook failed, and how.
    pub fn round(&mut self, from: &str, tell: &mut dyn FnMut(u64, u64)) -> Result<(), Error> {
        if !self.plugin.migrates() {
            return Ok(());
        }
        let places = self.engine.store.memory_places(self.id)?;
        self.versions = places.iter().map(|place| place.version).sum();
        let all = places.len() as u64;
        for (index, memory) in (0..).zip(&places) {
            if index % 256 == 0 {
                tell(index, all);
            }
            let known = self.done.get(&memory.place);
            if known.is_some_and(|(version, _)| *version == memory.version) {
                continue;
            }
            let entries = self.engine.store.memory_entries(memory.place)?;
            let after = self.one(from, memory.scope, &entries)?;
            let before = self.done.insert(memory.place, (memory.version, after));
            if let Some((_, Some(before))) = before {
                self.bytes -= size(&before);
            }
        }
        tell(all, all);
        Ok(())
    }

    /// Returns `None` if nothing changes.
    fn one(
        &mut self,
        from: &str,
        scope: Scope,
        entries: &BTreeMap<String, Json>,
    ) -> Result<Option<BTreeMap<String, Json>>, Error> {
        if entries.is_empty() {
            return Ok(None);
        }
        let refuse = |problem: String| PluginError::Migrate {
            from: from.to_owned(),
            of: match scope {
                Scope::Customer => "of a customer",
                Scope::Plugin => "for itself",
            },
            problem,
        };
        let call = self
            .engine
            .runtime
            .migrate(&self.plugin, from, scope, entries);
        let after = call.result.map_err(|failure| refuse(failure.detail))?;
        if after == *entries {
            return Ok(None);
        }
        crate::pipeline::check_whole_memory(scope, &after)
            .map_err(|(_, problem)| refuse(problem))?;
        self.bytes += size(&after);
        if self.bytes > MOST {
            return Err(refuse(format!(
                "all that it rewrites is more than {} MiB, which is the most at once: a version that rewrites \
                 less, or none of it, can be installed",
                MOST >> 20
            ))
            .into());
        }
        Ok(Some(after))
    }

    /// Adds the rewritten memories, with the precondition that none was written since.
    pub fn write(&self, changeset: &mut Changeset) {
        if !self.plugin.migrates() {
            return;
        }
        changeset.expect(Precondition::Memories {
            installation: self.id.clone(),
            versions: self.versions,
        });
        for (place, (_, after)) in &self.done {
            if let Some(entries) = after {
                changeset.push(Change::RewriteMemory(Rewritten {
                    place: *place,
                    entries: entries.clone(),
                }));
            }
        }
    }
}

fn size(entries: &BTreeMap<String, Json>) -> usize {
    let bytes = |(key, value): (&String, &Json)| key.len() + value.to_string().len();
    entries.iter().map(bytes).sum()
}
