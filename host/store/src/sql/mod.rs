//! The store's meaning in SQL, written once for every database.
//!
//! - `connection`, `backend`: the two traits that a driver implements.
//! - `dialect`, `text`: the words that databases spell differently, and statements made of them.
//! - `writer`, `precondition`, `apply`: the write, one file for a group of tables.
//! - `read`, `query`: the reads. `store` binds both to [`Store`](super::Store).
//! - `examine`: the invariants between rows.
//! - `codec`, `fault`: values and errors, in and out.
//!
//! A statement writes its parameters as `?` in order, or as `?1`, `?2` if one is used twice; never both.

mod apply;
mod backend;
mod codec;
mod connection;
mod dialect;
pub(crate) mod examine;
mod fault;
mod precondition;
pub(crate) mod query;
pub(crate) mod read;
mod store;
mod text;
mod writer;

pub use backend::{Cached, SqlBackend};
pub use connection::{Param, Row, SqlConnection};
pub use dialect::Dialect;
pub use fault::{Fault, Result};
pub use store::SqlStore;
#[cfg(test)]
pub(crate) use writer::Writer;

pub(crate) use connection::{ToParam, params};
pub(crate) use text::sql;
