-- Administrative acts: rows are added, and the database itself refuses anything else.

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
