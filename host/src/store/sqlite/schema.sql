-- Version 1. Every table has an integer key of its own, in the order of insertion; the public id,
-- 16 bytes, is unique beside it. Rows name customers and installations by their integer keys.
-- Instants are milliseconds since 1970.

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
    -- When the newest inbound interaction occurred.
    last_inbound_at INTEGER
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

-- The rowid is the customer's key.
CREATE VIRTUAL TABLE customer_name USING fts5 (
    names, content = '', contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);

CREATE TABLE contact_point (
    seq INTEGER PRIMARY KEY,
    customer INTEGER NOT NULL REFERENCES customer (key),
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    label TEXT
) STRICT;
CREATE UNIQUE INDEX contact_point_value ON contact_point (kind, value, customer, ifnull(label, ''));
CREATE INDEX contact_point_customer ON contact_point (customer);

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
    -- What the event is about: either a recorded interaction, or data of its own.
    interaction INTEGER REFERENCES interaction (seq),
    data TEXT,
    CHECK ((interaction IS NULL) <> (data IS NULL))
) STRICT;
CREATE INDEX event_customer ON event (customer);

CREATE TABLE pending (event INTEGER PRIMARY KEY REFERENCES event (seq)) STRICT;

-- A row without a record stands for an id that other rows name.
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

CREATE TABLE parked (
    event INTEGER NOT NULL REFERENCES event (seq),
    installation INTEGER NOT NULL REFERENCES installation (key),
    customer INTEGER NOT NULL REFERENCES customer (key),
    attempts INTEGER NOT NULL,
    due_at INTEGER,
    dead INTEGER NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (event, installation)
) STRICT, WITHOUT ROWID;
CREATE INDEX parked_customer ON parked (customer, installation, event);
CREATE INDEX parked_due ON parked (due_at) WHERE due_at IS NOT NULL;

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
    decision TEXT NOT NULL
) STRICT;
CREATE INDEX message_customer ON message (customer);
CREATE INDEX message_key ON message (customer, installation, dedupe_key) WHERE state <> 'denied';

-- Outlives the keys it counts the writes of. Customer 0 stands for the plugin's own memory.
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
    -- Both none where the run completed.
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

CREATE TABLE api_key (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;
