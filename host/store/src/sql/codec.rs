//! Model values to columns and back. Ids are 16 bytes, instants whole milliseconds, kinds of a
//! closed set the words that serde gives them, and structures JSON.

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Fault, Result, Row, SqlConnection};
use crate::StoreError;
use regulars_model::{InstallationId, Json, Timestamp};

/// Reads the columns of a row in the order of its SELECT.
pub(crate) struct Columns<'r, 's, C: SqlConnection> {
    row: &'r C::Row<'s>,
    at: usize,
}

impl<'r, 's, C: SqlConnection> Columns<'r, 's, C> {
    #[inline]
    pub(crate) fn new(row: &'r C::Row<'s>) -> Columns<'r, 's, C> {
        Columns { row, at: 0 }
    }

    #[inline]
    pub(crate) fn get<T: FromColumn>(&mut self) -> Result<T> {
        let value = T::from_column(self.row, self.at)?;
        self.at += 1;
        value.ok_or_else(|| self.corrupt("it is NULL"))
    }

    #[inline]
    pub(crate) fn skip(&mut self, columns: usize) {
        self.at += columns;
    }

    #[inline]
    fn text(&mut self) -> Result<Option<&'r str>> {
        let text = self.row.text(self.at)?;
        self.at += 1;
        Ok(text)
    }

    #[inline]
    fn some_text(&mut self) -> Result<&'r str> {
        let text = self.text()?;
        text.ok_or_else(|| self.corrupt("it is NULL"))
    }

    #[inline]
    pub(crate) fn uuid(&mut self) -> Result<Uuid> {
        Ok(Uuid::from_bytes(self.get()?))
    }

    #[inline]
    pub(crate) fn uuid_opt(&mut self) -> Result<Option<Uuid>> {
        Ok(self.get::<Option<[u8; 16]>>()?.map(Uuid::from_bytes))
    }

    pub(crate) fn unsigned(&mut self) -> Result<u64> {
        let value: i64 = self.get()?;
        u64::try_from(value).map_err(|error| self.corrupt(error))
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp> {
        let millis = self.get()?;
        Timestamp::from_millisecond(millis).map_err(|error| self.corrupt(error))
    }

    pub(crate) fn time_opt(&mut self) -> Result<Option<Timestamp>> {
        self.get::<Option<i64>>()?
            .map(|millis| Timestamp::from_millisecond(millis).map_err(|error| self.corrupt(error)))
            .transpose()
    }

    pub(crate) fn installation(&mut self) -> Result<InstallationId> {
        let text: String = self.get()?;
        text.try_into().map_err(|error| self.corrupt(error))
    }

    pub(crate) fn installation_opt(&mut self) -> Result<Option<InstallationId>> {
        self.get::<Option<String>>()?
            .map(|text| text.try_into().map_err(|error| self.corrupt(error)))
            .transpose()
    }

    pub(crate) fn word<T: for<'de> Deserialize<'de>>(&mut self) -> Result<T> {
        let text = self.some_text()?;
        self.read_word(text)
    }

    pub(crate) fn word_opt<T: for<'de> Deserialize<'de>>(&mut self) -> Result<Option<T>> {
        let text = self.text()?;
        text.map(|text| self.read_word(text)).transpose()
    }

    fn read_word<T: for<'de> Deserialize<'de>>(&self, text: &str) -> Result<T> {
        let word: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
        T::deserialize(word).map_err(|error| self.corrupt(error))
    }

    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> Result<T> {
        let text = self.some_text()?;
        serde_json::from_str(text).map_err(|error| self.corrupt(error))
    }

    pub(crate) fn json_opt<T: DeserializeOwned>(&mut self) -> Result<Option<T>> {
        self.text()?
            .map(|text| serde_json::from_str(text).map_err(|error| self.corrupt(error)))
            .transpose()
    }

    /// An error about the column that was read last.
    #[cold]
    pub(crate) fn corrupt(&self, why: impl ToString) -> Fault {
        corrupt(self.row, self.at.saturating_sub(1), why)
    }
}

/// A value that a column can hold.
pub(crate) trait FromColumn: Sized {
    /// Returns `None` for NULL.
    fn from_column<R: Row>(row: &R, column: usize) -> Result<Option<Self>>;
}

impl FromColumn for i64 {
    #[inline]
    fn from_column<R: Row>(row: &R, column: usize) -> Result<Option<i64>> {
        row.integer(column)
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl FromColumn for $integer {
            #[inline]
            fn from_column<R: Row>(row: &R, column: usize) -> Result<Option<$integer>> {
                row.integer(column)?
                    .map(|value| value.try_into().map_err(|error| corrupt(row, column, error)))
                    .transpose()
            }
        }
    )*};
}

integers!(i16, i8, u32, u8);

impl FromColumn for bool {
    #[inline]
    fn from_column<R: Row>(row: &R, column: usize) -> Result<Option<bool>> {
        Ok(row.integer(column)?.map(|value| value != 0))
    }
}

impl FromColumn for String {
    #[inline]
    fn from_column<R: Row>(row: &R, column: usize) -> Result<Option<String>> {
        Ok(row.text(column)?.map(str::to_owned))
    }
}

impl FromColumn for Vec<u8> {
    #[inline]
    fn from_column<R: Row>(row: &R, column: usize) -> Result<Option<Vec<u8>>> {
        Ok(row.bytes(column)?.map(<[u8]>::to_vec))
    }
}

impl<const N: usize> FromColumn for [u8; N] {
    #[inline]
    fn from_column<R: Row>(row: &R, column: usize) -> Result<Option<[u8; N]>> {
        row.bytes(column)?
            .map(|bytes| {
                let wrong = || format!("it has {} bytes, not {N}", bytes.len());
                bytes.try_into().map_err(|_| corrupt(row, column, wrong()))
            })
            .transpose()
    }
}

impl<T: FromColumn> FromColumn for Option<T> {
    #[inline]
    fn from_column<R: Row>(row: &R, column: usize) -> Result<Option<Option<T>>> {
        T::from_column(row, column).map(Some)
    }
}

#[cold]
fn corrupt<R: Row>(row: &R, column: usize, why: impl ToString) -> Fault {
    let (name, why) = (row.name(column), why.to_string());
    Fault::Store(StoreError::Corrupt(format!("column {name}: {why}")))
}

/// Returns the word that a value of a closed set is stored as.
pub(crate) fn word<T: Serialize>(value: &T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(Json::String(word)) => Ok(word),
        Ok(other) => Err(unwritable(format!("{other} is not a word"))),
        Err(error) => Err(unwritable(error)),
    }
}

pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(unwritable)
}

/// Returns a number as databases keep it. Numbers above `i64::MAX` become that.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Cuts an instant to whole milliseconds, as storing and reading it does.
pub(crate) fn whole_millis(instant: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(instant.as_millisecond()).unwrap_or(instant)
}

pub(crate) fn millis(instant: Option<Timestamp>) -> Option<i64> {
    instant.map(|instant| instant.as_millisecond())
}

fn unwritable(error: impl ToString) -> Fault {
    Fault::Store(StoreError::Backend(format!(
        "a value cannot be written: {}",
        error.to_string()
    )))
}
