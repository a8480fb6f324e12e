//! The reads, one file for a group of tables. Every SELECT starts with the integer key of its row, by which pages and
//! cursors go; the decoder reads the columns after it.

pub(crate) mod audience;
pub(crate) mod audit;
pub(crate) mod customer;
pub(crate) mod customer_data;
pub(crate) mod deferred;
pub(crate) mod desk;
pub(crate) mod history;
pub(crate) mod idempotency;
pub(crate) mod key;
pub(crate) mod log;
pub(crate) mod memory;
pub(crate) mod outbox;
pub(crate) mod outreach;
mod outreach_rows;
pub(crate) mod plugin;
pub(crate) mod run;
pub(crate) mod schedule;
pub(crate) mod snapshot;
pub(crate) mod transcript;
pub(crate) mod version;
