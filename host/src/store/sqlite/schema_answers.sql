-- What actions answered to calls that were named, so that a call sent again does nothing twice.

CREATE TABLE answer (
    name BLOB PRIMARY KEY,
    -- SHA-256 of what was asked.
    asked BLOB NOT NULL,
    customer INTEGER REFERENCES customer (key),
    run BLOB NOT NULL,
    output TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX answer_at ON answer (at);
CREATE INDEX answer_customer ON answer (customer) WHERE customer IS NOT NULL;
