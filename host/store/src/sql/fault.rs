use crate::StoreError;

/// An error below [`Store`](crate::Store). The driver's own error never shows above it.
#[derive(Debug)]
pub enum Fault {
    /// The database is damaged, so that writing on would damage more of it.
    Damage(StoreError),
    Store(StoreError),
}

/// The result of an operation below [`Store`](crate::Store).
pub type Result<T> = std::result::Result<T, Fault>;

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        Fault::Store(error)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> StoreError {
        let (Fault::Damage(error) | Fault::Store(error)) = fault;
        error
    }
}
