-- The schema of a database file. Every table has an integer key in the order of insertion; a public id of
-- 16 bytes is unique beside it. Rows refer to customers and installations by their integer keys.
-- Instants are milliseconds since 1970. A changed schema raises FIRST in schema.rs until 0.1.0 is released.

-- The row of an erased customer stays, with the id and the instant of the erasure alone.
CREATE TABLE customer (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    display_name TEXT,
    given_name TEXT,
    language TEXT,
    birth_year INTEGER,
    birth_month INTEGER,
    birth_day INTEGER,
    time_zone TEXT,
    level TEXT NOT NULL,
    topics TEXT NOT NULL,
    since INTEGER NOT NULL,
    -- The instant of the newest inbound interaction.
    last_inbound_at INTEGER,
    erased_at INTEGER
) STRICT;
CREATE INDEX customer_birthday ON customer (birth_month, birth_day) WHERE birth_month IS NOT NULL;
CREATE INDEX customer_time_zone ON customer (time_zone);
CREATE INDEX customer_level ON customer (level);

CREATE TABLE customer_tag (
    customer INTEGER NOT NULL REFERENCES customer (key),
    tag TEXT NOT NULL,
    PRIMARY KEY (customer, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_tag_tag ON customer_tag (tag, customer);

-- The rowid is the customer's key. A name is deleted by its text: an index that gets the rowid alone
-- (contentless_delete) keeps the words until it happens to merge its segments.
CREATE VIRTUAL TABLE customer_name USING fts5 (
    names, content = '', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
INSERT INTO customer_name (customer_name, rank) VALUES ('secure-delete', 1);

CREATE TABLE contact_point (
    seq INTEGER PRIMARY KEY,
    customer INTEGER NOT NULL REFERENCES customer (key),
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    label TEXT,
    -- The keyed hash, equal for every spelling of one address or number.
    hash BLOB NOT NULL,
    bounced_at INTEGER
) STRICT;
CREATE UNIQUE INDEX contact_point_value ON contact_point (kind, value, customer, coalesce(label, ''));
CREATE INDEX contact_point_customer ON contact_point (customer);
CREATE INDEX contact_point_hash ON contact_point (hash);

CREATE TABLE interaction (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    customer INTEGER NOT NULL REFERENCES customer (key),
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    direction TEXT NOT NULL,
    channel TEXT,
    subject TEXT,
    body TEXT,
    data TEXT NOT NULL
) STRICT;
-- Both end in seq, as every index ends in the key of its table.
CREATE INDEX interaction_at ON interaction (customer, at);
CREATE INDEX interaction_kind ON interaction (customer, kind, at);

CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    customer INTEGER NOT NULL REFERENCES customer (key),
    time INTEGER NOT NULL,
    cause BLOB,
    depth INTEGER NOT NULL,
    as_of INTEGER NOT NULL,
    -- The subject of the event: either a recorded interaction, or data of its own.
    interaction INTEGER REFERENCES interaction (seq),
    data TEXT,
    CHECK ((interaction IS NULL) <> (data IS NULL))
) STRICT;
CREATE INDEX event_customer ON event (customer);

-- Events that are not acknowledged yet.
CREATE TABLE pending (event INTEGER PRIMARY KEY REFERENCES event (seq)) STRICT;

-- A row without a record stands for an id that other rows refer to.
CREATE TABLE installation (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    record TEXT
) STRICT;

CREATE TABLE component (
    digest BLOB PRIMARY KEY,
    wasm BLOB NOT NULL
) STRICT;

-- Versions of plugins that were replaced, for a rollback.
CREATE TABLE plugin_version (
    seq INTEGER PRIMARY KEY,
    installation INTEGER NOT NULL REFERENCES installation (key),
    -- The record of the installation when it was replaced.
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

-- Settings that are secrets, apart from the record of the installation, which is shown.
CREATE TABLE plugin_secret (
    installation INTEGER NOT NULL REFERENCES installation (key),
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (installation, name)
) STRICT, WITHOUT ROWID;

-- The last version of an uninstalled plugin, which wrote the memories that stay.
CREATE TABLE uninstalled_plugin (
    installation INTEGER PRIMARY KEY REFERENCES installation (key),
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    digest TEXT NOT NULL
) STRICT;

-- By the plugin's id: the components that the plugin directories held at the last look.
CREATE TABLE plugin_offer (
    id TEXT NOT NULL,
    digest TEXT NOT NULL,
    offered_at INTEGER NOT NULL,
    PRIMARY KEY (id, digest)
) STRICT, WITHOUT ROWID;

-- Events that wait for one plugin, or are in its dead letter.
CREATE TABLE deferred_event (
    event INTEGER NOT NULL REFERENCES event (seq),
    installation INTEGER NOT NULL REFERENCES installation (key),
    customer INTEGER NOT NULL REFERENCES customer (key),
    attempts INTEGER NOT NULL,
    due_at INTEGER,
    dead INTEGER NOT NULL,
    error TEXT NOT NULL,
    -- The start of the wait, or the instant of the death.
    since INTEGER NOT NULL,
    -- The attempts before the last redrive.
    attempts_before_redrive INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (event, installation)
) STRICT, WITHOUT ROWID;
CREATE INDEX deferred_customer ON deferred_event (customer, installation, event);
CREATE INDEX deferred_due ON deferred_event (installation, due_at, event) WHERE due_at IS NOT NULL;
CREATE INDEX deferred_since ON deferred_event (installation, since, event) WHERE dead = 0;
CREATE INDEX deferred_dead ON deferred_event (event, installation) WHERE dead = 1;
CREATE INDEX deferred_dead_of ON deferred_event (installation, event) WHERE dead = 1;

CREATE TABLE card (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    customer INTEGER NOT NULL REFERENCES customer (key),
    installation INTEGER NOT NULL REFERENCES installation (key),
    run BLOB NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    action TEXT,
    because TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    state TEXT NOT NULL
) STRICT;
CREATE INDEX card_open ON card (customer) WHERE state = 'open';
CREATE INDEX card_customer ON card (customer);

CREATE TABLE question (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    customer INTEGER NOT NULL REFERENCES customer (key),
    installation INTEGER NOT NULL REFERENCES installation (key),
    run BLOB NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    choices TEXT NOT NULL,
    because TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    answer TEXT,
    answered_by TEXT
) STRICT;
CREATE INDEX question_created ON question (customer, created_at);

CREATE TABLE task (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    customer INTEGER NOT NULL REFERENCES customer (key),
    installation INTEGER REFERENCES installation (key),
    run BLOB,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    role TEXT NOT NULL,
    urgent INTEGER NOT NULL,
    due_at INTEGER,
    group_key TEXT,
    because TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT,
    note TEXT,
    closed_by TEXT,
    closed_at INTEGER
) STRICT;
CREATE INDEX task_customer ON task (customer);
CREATE INDEX task_state ON task (state);
CREATE INDEX task_role ON task (role, state);

CREATE TABLE message (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    customer INTEGER NOT NULL REFERENCES customer (key),
    installation INTEGER NOT NULL REFERENCES installation (key),
    run BLOB NOT NULL,
    purpose TEXT NOT NULL,
    topic TEXT,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    channels TEXT NOT NULL,
    value TEXT NOT NULL,
    because TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    not_before INTEGER,
    expires_at INTEGER,
    dedupe_key TEXT NOT NULL,
    state TEXT NOT NULL,
    decision TEXT NOT NULL,
    -- The first decision, which starts the wait.
    decided_at INTEGER NOT NULL,
    channel TEXT,
    -- The keyed hash of the contact point.
    point BLOB,
    fingerprint BLOB,
    -- The instant at which the message counts towards caps: its due time, then the time of sending. NULL if it
    -- does not count.
    counts_at INTEGER,
    -- The last hand-over without word of an arrival. The message counts at this instant, too.
    unconfirmed_at INTEGER,
    sent_at INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    detail TEXT,
    cause_at INTEGER,
    -- The reason against another attempt, if the customer withdrew while the message was being sent.
    cancel_why TEXT
) STRICT;
CREATE INDEX message_customer ON message (customer);
CREATE INDEX message_key ON message (customer, installation, dedupe_key) WHERE state <> 'denied';
CREATE INDEX message_counts ON message (customer, counts_at) WHERE counts_at IS NOT NULL;
CREATE INDEX message_unconfirmed ON message (customer, unconfirmed_at) WHERE unconfirmed_at IS NOT NULL;

-- Messages that are to be sent, or are being sent. A message leaves it at its end. What is being sent is due
-- again at the end of its lease.
CREATE TABLE outbox (
    message INTEGER PRIMARY KEY REFERENCES message (seq),
    due_at INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_due ON outbox (due_at);

-- Append-only until the customer is erased; the newest row of a kind and purpose holds.
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

-- Keyed hashes, which outlive every other trace of a person.
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

-- Counts the changes to everything that the contact policy reads beside the customer's own record.
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

-- Counts the writes of a memory, and outlives its keys. Customer 0 stands for the plugin's own memory.
CREATE TABLE memory_scope (
    key INTEGER PRIMARY KEY,
    installation INTEGER NOT NULL REFERENCES installation (key),
    customer INTEGER NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (installation, customer)
) STRICT;

CREATE TABLE memory (
    scope INTEGER NOT NULL REFERENCES memory_scope (key),
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE timer (
    installation INTEGER NOT NULL REFERENCES installation (key),
    customer INTEGER NOT NULL REFERENCES customer (key),
    key TEXT NOT NULL,
    at INTEGER NOT NULL,
    payload TEXT NOT NULL,
    cause BLOB,
    PRIMARY KEY (installation, customer, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX timer_at ON timer (at);

-- One row for each time zone, and one without for the customers who have none.
CREATE TABLE schedule (
    seq INTEGER PRIMARY KEY,
    installation INTEGER NOT NULL REFERENCES installation (key),
    schedule TEXT NOT NULL,
    time_zone TEXT,
    date TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    cursor INTEGER
) STRICT;
CREATE INDEX schedule_name ON schedule (installation, schedule, time_zone);
CREATE INDEX schedule_due ON schedule (due_at);

-- One row for each plugin and event: the busiest table, so it has few indexes.
CREATE TABLE run (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    installation INTEGER NOT NULL REFERENCES installation (key),
    digest BLOB NOT NULL,
    -- The event's id and kind, or the action's name.
    event BLOB,
    kind TEXT,
    action TEXT,
    customer INTEGER REFERENCES customer (key),
    started_at INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    -- Both NULL if the run completed.
    failure TEXT,
    detail TEXT,
    fuel INTEGER NOT NULL,
    micros INTEGER NOT NULL,
    peak_memory INTEGER NOT NULL,
    logs TEXT NOT NULL,
    proposals TEXT NOT NULL
) STRICT;
CREATE INDEX run_installation ON run (installation);
CREATE INDEX run_customer ON run (customer) WHERE customer IS NOT NULL;
CREATE INDEX run_event ON run (event) WHERE event IS NOT NULL;
CREATE INDEX run_failed ON run (seq) WHERE failure IS NOT NULL;

-- Everything that a run depends on, for a replay.
CREATE TABLE transcript (
    run INTEGER PRIMARY KEY REFERENCES run (seq),
    installation INTEGER NOT NULL REFERENCES installation (key),
    kept_at INTEGER NOT NULL,
    -- Bytes before packing.
    size INTEGER NOT NULL,
    -- NULL if it was too large to keep.
    packed BLOB
) STRICT;
CREATE INDEX transcript_installation ON transcript (installation);
CREATE INDEX transcript_kept_at ON transcript (kept_at);

-- The outputs of action calls that had an idempotency key.
CREATE TABLE idempotency_record (
    name BLOB PRIMARY KEY,
    -- SHA-256 of the call.
    asked BLOB NOT NULL,
    customer INTEGER REFERENCES customer (key),
    run BLOB NOT NULL,
    output TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_record_at ON idempotency_record (at);
CREATE INDEX idempotency_record_customer ON idempotency_record (customer) WHERE customer IS NOT NULL;

CREATE TABLE api_key (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER
) STRICT;

-- Administrative acts. The database itself refuses to change or remove a row.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    details TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit
    BEGIN SELECT raise(ABORT, 'the audit is not changed'); END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit
    BEGIN SELECT raise(ABORT, 'the audit is not shortened'); END;

-- Keys of this file's own, made at its first opening.
CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Erasures whose data the write-ahead log may still hold.
CREATE TABLE wal_erasure (customer INTEGER PRIMARY KEY REFERENCES customer (key)) STRICT;
