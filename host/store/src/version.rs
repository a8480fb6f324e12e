use std::collections::BTreeMap;

use regulars_model::*;

/// A replaced version of an installation, kept for a rollback.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptVersion {
    /// Unique for the installation. Newer versions have higher numbers.
    pub number: u64,
    /// The record when it was replaced.
    pub installation: Installation,
    pub replaced_at: Timestamp,
    /// The number of kept memory entries.
    pub remembered: u64,
}

/// Memories left behind by an uninstalled plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrphanedMemories {
    /// The version that wrote them. `None` if the plugin never had a record.
    pub of: Option<UninstalledVersion>,
    /// The number of entries.
    pub remembered: u64,
}

/// The version that was uninstalled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UninstalledVersion {
    /// The name in its manifest.
    pub name: String,
    /// The version in its manifest.
    pub version: String,
    pub digest: Digest,
}

/// A component that a plugin directory held at the last look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginOffer {
    pub id: InstallationId,
    pub digest: Digest,
    pub at: Timestamp,
}

/// One memory of a plugin: of a customer, or its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryPlace {
    /// Its place in storage.
    pub place: u64,
    /// Grows with every write.
    pub version: u64,
    pub scope: Scope,
}

/// The new entries of a memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Rewritten {
    /// See [`MemoryPlace`].
    pub place: u64,
    pub entries: BTreeMap<String, Json>,
}
