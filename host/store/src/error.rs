use super::Precondition;
use regulars_model::Blame;

/// A failure of the store.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A precondition did not hold. Nothing was written.
    #[error("something changed in the meantime: {0:?}")]
    Conflict(Precondition),

    /// A newer version wrote the file.
    #[error(
        "the database has schema {found}, but this program knows up to {known}: use a newer regulars, \
         or restore a backup made before the upgrade"
    )]
    NewerSchema { found: u32, known: u32 },

    /// The file is older than the oldest schema that this version can migrate.
    #[error(
        "the database has schema {found}, but this program opens {oldest} and newer: use the regulars that made it, \
         or start with a new file (`--db FILE`) and import into it"
    )]
    RetiredSchema { found: u32, oldest: u32 },

    /// An older version wrote the file, or it is empty, and this command must not change it.
    #[error(
        "the database has an older schema, and this command writes nothing to it: make a backup, then open it once with \
         `regulars serve`, which brings it up to date"
    )]
    OlderSchema,

    /// The file is another program's database.
    #[error("{0} is not a Regulars database: name another file, or move that one away")]
    Foreign(String),

    /// Another host runs on the file.
    #[error(
        "another host runs on {0}: stop it first, or use its HTTP API; two hosts would run the same plugins twice"
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

    /// The write-ahead log beside the file, which holds the last commits, is missing or damaged.
    #[error("{0}")]
    Journal(String),

    /// No database can be opened at this path.
    #[error("{0}")]
    Unusable(String),

    /// Another program has locked the file.
    #[error("another program has locked the database: close it, or wait until it is done")]
    Busy,

    /// All connections for reading were in use for some seconds: this many.
    #[error(
        "all {0} connections for reading are busy: try again, or allow more (`SqliteOptions::readers`)"
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

    /// Any other error of the backend.
    #[error("the database failed: {0}")]
    Backend(String),
}

impl StoreError {
    /// Returns the party that can fix the error.
    pub fn blame(&self) -> Blame {
        match self {
            StoreError::Conflict(_) => Blame::Caller,
            StoreError::Closed | StoreError::Backend(_) => Blame::Host,
            _ => Blame::Operator,
        }
    }
}
