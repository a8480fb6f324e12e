-- Version 12. Of which version the memory is that an uninstalled plugin left; what directories of plugins offered.

CREATE TABLE plugin_left (
    installation INTEGER PRIMARY KEY REFERENCES installation (key),
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    digest TEXT NOT NULL
) STRICT;

-- By the plugin's id: the components that were there for it when a host looked the last time.
CREATE TABLE plugin_offer (
    id TEXT NOT NULL,
    digest TEXT NOT NULL,
    offered_at INTEGER NOT NULL,
    PRIMARY KEY (id, digest)
) STRICT, WITHOUT ROWID;
