use rusqlite::{Error, ErrorCode};

use crate::store::StoreError;

/// What goes wrong inside: becomes a [`StoreError`] at the edge, so that the driver's own error
/// never shows.
#[derive(Debug)]
pub(super) enum Fault {
    Sql(Error),
    Store(StoreError),
}

pub(super) type Result<T> = std::result::Result<T, Fault>;

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault::Sql(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        Fault::Store(error)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> StoreError {
        let error = match fault {
            Fault::Store(error) => return error,
            Fault::Sql(error) => error,
        };
        match &error {
            Error::FromSqlConversionFailure(..)
            | Error::InvalidColumnType(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::Utf8Error(..) => return StoreError::Corrupt(error.to_string()),
            _ => {}
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                StoreError::ReadOnly
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                StoreError::Corrupt(error.to_string())
            }
            _ => StoreError::Backend(error.to_string()),
        }
    }
}

impl Fault {
    /// Whether the file is no SQLite database at all.
    pub(super) fn is_not_a_database(&self) -> bool {
        matches!(self, Fault::Sql(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase))
    }
}
