-- Version 2: what runs depended on, so that they can be made again.

CREATE TABLE transcript (
    -- The run's key.
    run INTEGER PRIMARY KEY REFERENCES run (seq),
    installation INTEGER NOT NULL REFERENCES installation (key),
    kept_at INTEGER NOT NULL,
    -- Bytes before packing; 0 without any.
    size INTEGER NOT NULL,
    -- None where it was too large.
    packed BLOB
) STRICT;
CREATE INDEX transcript_installation ON transcript (installation);
CREATE INDEX transcript_kept_at ON transcript (kept_at);
