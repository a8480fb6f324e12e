use super::Precondition;
use crate::error::Blame;

/// Why the storage did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The world was not as the changeset expected; nothing of it was written.
    #[error("something changed in the meantime: {0:?}")]
    Conflict(Precondition),

    /// The file was written by a newer version.
    #[error(
        "the database is of schema {found}, this program knows up to {known}: use a newer regulars, \
         or restore a backup made before the upgrade"
    )]
    NewerSchema { found: u32, known: u32 },

    /// The file is older than the oldest schema that this version can migrate.
    #[error(
        "the database is of schema {found}, which this version no longer opens: it opens {oldest} and newer; use the \
         regulars that made it, or start with a new file (`--db FILE`) and import into that"
    )]
    RetiredSchema { found: u32, oldest: u32 },

    /// The file was made by an older program, or is empty, and may not be changed here.
    #[error(
        "the database is of an older schema, and this command writes nothing to it: make a backup, then open it once with \
         `regulars serve`, which brings it up to date"
    )]
    OlderSchema,

    /// The file is some other program's database.
    #[error("{0} is not a Regulars database: name another file, or move that one away")]
    Foreign(String),

    /// Another host runs on the file.
    #[error(
        "another host runs on {0}: stop it first, or ask it over its HTTP API; two of them would run \
         the same plugins twice"
    )]
    InUse(String),

    #[error("the disk is full: free some space; nothing that was acknowledged is lost")]
    Full,

    #[error(
        "the database cannot be written to: check the permissions of the file and its directory"
    )]
    ReadOnly,

    #[error("the database file is damaged ({0}): `regulars doctor` says how far; restore a backup")]
    Corrupt(String),

    /// The journal beside the file, which holds what was committed last, is not what it was.
    #[error("{0}")]
    Journal(String),

    /// There is nothing at this path that could be opened.
    #[error("{0}")]
    Unusable(String),

    /// Another program has the file for itself.
    #[error("another program holds the database: close it, or wait until it is done")]
    Busy,

    /// So many connections for reading were all in use for some seconds.
    #[error(
        "all {0} connections for reading are busy: try again, or have more opened (`SqliteOptions::readers`)"
    )]
    Crowded(usize),

    /// The system could not read or write the file.
    #[error(
        "the disk failed ({0}): it may be over a quota, gone or broken, and the system's log says \
         more; nothing that was acknowledged is lost"
    )]
    Disk(String),

    /// The store was closed, or its writer ended.
    #[error("the database is closed")]
    Closed,

    /// Anything else that the backend said.
    #[error("the database failed: {0}")]
    Backend(String),
}

impl StoreError {
    /// Who can mend it.
    pub fn blame(&self) -> Blame {
        match self {
            StoreError::Conflict(_) => Blame::Caller,
            StoreError::Closed | StoreError::Backend(_) => Blame::Host,
            _ => Blame::Operator,
        }
    }
}
