use super::{Dialect, Result};

/// A driver's connection, as far as the SQL needs one.
///
/// All methods that take a statement prepare it once and keep it prepared.
pub trait SqlConnection {
    /// The dialect that this driver's database speaks.
    const DIALECT: Dialect;

    /// A row of a result, valid until the next one is read.
    type Row<'r>: Row;

    /// Executes a statement and returns the number of rows that it changed.
    ///
    /// # Errors
    /// As the database reports them. An error may have ended the transaction, see
    /// [`SqlConnection::in_transaction`].
    fn execute(&self, statement: &str, params: &[Param<'_>]) -> Result<u64>;

    /// Maps every row of a result.
    ///
    /// # Errors
    /// As the database reports them, and the first error that `map` returns.
    fn query<T>(
        &self,
        statement: &str,
        params: &[Param<'_>],
        map: impl FnMut(&Self::Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>>;

    /// Maps the first row of a result. Returns `None` if there is none. Later rows are not read.
    ///
    /// # Errors
    /// As [`SqlConnection::query`].
    fn query_one<T>(
        &self,
        statement: &str,
        params: &[Param<'_>],
        map: impl FnOnce(&Self::Row<'_>) -> Result<T>,
    ) -> Result<Option<T>>;

    /// Returns false if an error ended the transaction.
    fn in_transaction(&self) -> bool;

    /// Returns the bytes that the database takes on disk.
    ///
    /// # Errors
    /// As the database reports them.
    fn size(&self) -> Result<u64>;

    /// Removes the copies of an erased customer's rows that the database keeps outside its tables, and notes those
    /// that can only be removed after the commit, by [`SqlBackend::purge`](super::SqlBackend::purge).
    ///
    /// # Errors
    /// As the database reports them.
    fn erased(&self, customer: i64) -> Result<()>;
}

/// A row of a result. Columns count from 0.
///
/// # Errors
/// Every method that reads a column returns [`StoreError::Corrupt`](crate::StoreError::Corrupt) for a value of
/// another type. NULL is `None`.
pub trait Row {
    fn integer(&self, column: usize) -> Result<Option<i64>>;
    fn text(&self, column: usize) -> Result<Option<&str>>;
    fn bytes(&self, column: usize) -> Result<Option<&[u8]>>;
    /// Returns the column's name, for errors.
    fn name(&self, column: usize) -> &str;
}

/// The value of one parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Param<'p> {
    Null,
    Integer(i64),
    Text(&'p str),
    Bytes(&'p [u8]),
}

/// The parameters of a statement, in order.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::sql::ToParam::param(&$value)),*]
    };
}
pub(crate) use params;

/// A value that can be a parameter.
pub(crate) trait ToParam {
    fn param(&self) -> Param<'_>;
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl ToParam for $integer {
            #[inline]
            fn param(&self) -> Param<'_> {
                Param::Integer(i64::from(*self))
            }
        }
    )*};
}

integers!(i64, i16, i8, u32, u8, bool);

impl ToParam for str {
    #[inline]
    fn param(&self) -> Param<'_> {
        Param::Text(self)
    }
}

impl ToParam for String {
    #[inline]
    fn param(&self) -> Param<'_> {
        Param::Text(self)
    }
}

impl ToParam for [u8] {
    #[inline]
    fn param(&self) -> Param<'_> {
        Param::Bytes(self)
    }
}

impl ToParam for Vec<u8> {
    #[inline]
    fn param(&self) -> Param<'_> {
        Param::Bytes(self)
    }
}

impl<const N: usize> ToParam for [u8; N] {
    #[inline]
    fn param(&self) -> Param<'_> {
        Param::Bytes(self)
    }
}

impl<T: ToParam + ?Sized> ToParam for &T {
    #[inline]
    fn param(&self) -> Param<'_> {
        (**self).param()
    }
}

impl<T: ToParam> ToParam for Option<T> {
    #[inline]
    fn param(&self) -> Param<'_> {
        self.as_ref().map_or(Param::Null, T::param)
    }
}
