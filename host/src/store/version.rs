use std::collections::BTreeMap;

use crate::model::*;

/// A version of an installation that was replaced, and can be returned to.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptVersion {
    /// Names it among those of its installation; newer ones have higher numbers.
    pub number: u64,
    /// As it was.
    pub installation: Installation,
    pub replaced_at: Timestamp,
    /// How many entries are kept of what it remembered.
    pub remembered: u64,
}

/// What an uninstalled plugin still remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrphanedMemories {
    /// Of which version; none where it was uninstalled by a host that did not write that down.
    pub of: Option<UninstalledVersion>,
    /// How many entries.
    pub remembered: u64,
}

/// The version that was uninstalled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UninstalledVersion {
    /// As the plugin calls itself.
    pub name: String,
    /// As its manifest says.
    pub version: String,
    pub digest: Digest,
}

/// A component that a directory of plugins had when a host looked there the last time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginOffer {
    pub id: InstallationId,
    pub digest: Digest,
    pub at: Timestamp,
}

/// One memory of a plugin: of a customer, or its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryPlace {
    /// In storage.
    pub place: u64,
    /// Grows whenever it is written.
    pub version: u64,
    pub scope: Scope,
}

/// What a memory is replaced by.
#[derive(Debug, Clone, PartialEq)]
pub struct Rewritten {
    /// See [`MemoryPlace`].
    pub place: u64,
    pub entries: BTreeMap<String, Json>,
}
