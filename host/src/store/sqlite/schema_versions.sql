-- Version 11. Versions of plugins that were replaced, with what they remembered then; settings that are secrets.

CREATE TABLE plugin_version (
    seq INTEGER PRIMARY KEY,
    installation INTEGER NOT NULL REFERENCES installation (key),
    -- The installation as it was.
    record TEXT NOT NULL,
    replaced_at INTEGER NOT NULL
) STRICT;
CREATE INDEX plugin_version_installation ON plugin_version (installation);

-- Customer 0 stands for the plugin's own memory.
CREATE TABLE plugin_version_memory (
    version INTEGER NOT NULL REFERENCES plugin_version (seq),
    customer INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (customer, version, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX plugin_version_memory_version ON plugin_version_memory (version);

-- Kept apart from the installation's record, which is shown.
CREATE TABLE plugin_secret (
    installation INTEGER NOT NULL REFERENCES installation (key),
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (installation, name)
) STRICT, WITHOUT ROWID;
