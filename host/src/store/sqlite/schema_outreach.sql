-- Version 7. Who may be contacted, by what, and what is on its way to them.

-- Nothing is changed or removed here while the customer is one; the newest row of a kind and purpose holds.
CREATE TABLE consent (
    seq INTEGER PRIMARY KEY,
    customer INTEGER NOT NULL REFERENCES customer (key),
    kind TEXT NOT NULL,
    purpose TEXT NOT NULL,
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    source TEXT NOT NULL,
    note TEXT
) STRICT;
CREATE INDEX consent_customer ON consent (customer, kind, purpose);

-- Keyed hashes, so that it can be kept when everything else of a person is gone.
CREATE TABLE suppression (
    hash BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    source TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE preference (
    customer INTEGER PRIMARY KEY REFERENCES customer (key),
    paused_until INTEGER,
    channels TEXT
) STRICT;

-- Grows with whatever the rules of contact look at, but for the customer's own record, which counts for itself.
CREATE TABLE contact_version (
    customer INTEGER PRIMARY KEY REFERENCES customer (key),
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE complaint (
    interaction INTEGER PRIMARY KEY REFERENCES interaction (seq),
    customer INTEGER NOT NULL REFERENCES customer (key),
    at INTEGER NOT NULL,
    closed_at INTEGER,
    closed_by TEXT,
    note TEXT
) STRICT;
CREATE INDEX complaint_customer ON complaint (customer);
CREATE INDEX complaint_open ON complaint (at) WHERE closed_at IS NULL;
INSERT INTO complaint (interaction, customer, at)
    SELECT seq, customer, at FROM interaction WHERE kind = 'complaint' AND direction = 'inbound';

-- Keys of this file's own, made when it is first opened.
CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE contact_point ADD COLUMN bounced_at INTEGER;

ALTER TABLE message ADD COLUMN topic TEXT;
ALTER TABLE message ADD COLUMN channel TEXT;
-- The keyed hash of the contact point.
ALTER TABLE message ADD COLUMN point BLOB;
ALTER TABLE message ADD COLUMN fingerprint BLOB;
-- The instant at which it counts in the windows of caps: when it is due, then when it was sent; none where it does not count.
ALTER TABLE message ADD COLUMN counts_at INTEGER;
ALTER TABLE message ADD COLUMN sent_at INTEGER;
ALTER TABLE message ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN detail TEXT;
ALTER TABLE message ADD COLUMN cause_at INTEGER;
-- Nothing was ever delivered before there were channels.
UPDATE message SET state = 'expired', detail = 'It was proposed when this host could not deliver messages yet.'
    WHERE state = 'proposed';
CREATE INDEX message_counts ON message (customer, counts_at) WHERE counts_at IS NOT NULL;

-- What is to be sent. A row goes when its message has come to an end.
CREATE TABLE outbox (
    message INTEGER PRIMARY KEY REFERENCES message (seq),
    due_at INTEGER NOT NULL,
    -- Somebody is sending it, until then at the latest.
    leased_until INTEGER
) STRICT;
CREATE INDEX outbox_due ON outbox (due_at);
