//! Model values to columns and back. Ids are 16 bytes, instants whole milliseconds, kinds of a
//! closed set the words that serde gives them, and structures JSON.

use rusqlite::Row;
use rusqlite::types::FromSql;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::fault::{Fault, Result};
use crate::model::{InstallationId, Json, Timestamp};
use crate::store::StoreError;

/// Reads the columns of a row in the order of its SELECT.
pub(super) struct Columns<'r, 's> {
    row: &'r Row<'s>,
    at: usize,
}

impl<'r, 's> Columns<'r, 's> {
    pub(super) fn new(row: &'r Row<'s>) -> Columns<'r, 's> {
        Columns { row, at: 0 }
    }

    pub(super) fn get<T: FromSql>(&mut self) -> Result<T> {
        let value = self.row.get(self.at)?;
        self.at += 1;
        Ok(value)
    }

    pub(super) fn skip(&mut self, columns: usize) {
        self.at += columns;
    }

    pub(super) fn uuid(&mut self) -> Result<Uuid> {
        Ok(Uuid::from_bytes(self.get()?))
    }

    pub(super) fn uuid_opt(&mut self) -> Result<Option<Uuid>> {
        Ok(self.get::<Option<[u8; 16]>>()?.map(Uuid::from_bytes))
    }

    pub(super) fn unsigned(&mut self) -> Result<u64> {
        let value: i64 = self.get()?;
        u64::try_from(value).map_err(|error| self.corrupt(error))
    }

    pub(super) fn time(&mut self) -> Result<Timestamp> {
        let millis = self.get()?;
        Timestamp::from_millisecond(millis).map_err(|error| self.corrupt(error))
    }

    pub(super) fn time_opt(&mut self) -> Result<Option<Timestamp>> {
        self.get::<Option<i64>>()?
            .map(|millis| Timestamp::from_millisecond(millis).map_err(|error| self.corrupt(error)))
            .transpose()
    }

    pub(super) fn installation(&mut self) -> Result<InstallationId> {
        let text: String = self.get()?;
        text.try_into().map_err(|error| self.corrupt(error))
    }

    pub(super) fn installation_opt(&mut self) -> Result<Option<InstallationId>> {
        self.get::<Option<String>>()?
            .map(|text| text.try_into().map_err(|error| self.corrupt(error)))
            .transpose()
    }

    pub(super) fn word<T: for<'de> Deserialize<'de>>(&mut self) -> Result<T> {
        let text: String = self.get()?;
        self.read_word(&text)
    }

    pub(super) fn read_word<T: for<'de> Deserialize<'de>>(&self, text: &str) -> Result<T> {
        let word: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
        T::deserialize(word).map_err(|error| self.corrupt(error))
    }

    pub(super) fn json<T: DeserializeOwned>(&mut self) -> Result<T> {
        let text: String = self.get()?;
        serde_json::from_str(&text).map_err(|error| self.corrupt(error))
    }

    /// An error about the column that was read last.
    pub(super) fn corrupt(&self, why: impl ToString) -> Fault {
        let last = self.at.saturating_sub(1);
        let column = self.row.as_ref().column_name(last).unwrap_or("?");
        corrupt(&format!("column {column}"), why)
    }
}

/// An error about something that was stored.
pub(super) fn corrupt(what: &str, why: impl ToString) -> Fault {
    Fault::Store(StoreError::Corrupt(format!("{what}: {}", why.to_string())))
}

/// The word that a value of a closed set is stored as.
pub(super) fn word<T: Serialize>(value: &T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(Json::String(word)) => Ok(word),
        Ok(other) => Err(unwritable(format!("{other} is not a word"))),
        Err(error) => Err(unwritable(error)),
    }
}

pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(unwritable)
}

/// An unsigned number as SQLite keeps it; the very largest are cut off.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// What an instant is after it was stored and read.
pub(super) fn whole_millis(instant: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(instant.as_millisecond()).unwrap_or(instant)
}

pub(super) fn millis(instant: Option<Timestamp>) -> Option<i64> {
    instant.map(|instant| instant.as_millisecond())
}

fn unwritable(error: impl ToString) -> Fault {
    Fault::Store(StoreError::Backend(format!(
        "a value cannot be written: {}",
        error.to_string()
    )))
}
