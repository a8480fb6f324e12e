//! Reads. Every SELECT starts with the integer key of its row, which pages and cursors go by; the
//! functions that turn rows into values come after it.

pub(super) mod answer;
pub(super) mod audience;
pub(super) mod audit;
pub(super) mod belongings;
pub(super) mod customer;
pub(super) mod desk;
pub(super) mod history;
pub(super) mod key;
pub(super) mod log;
pub(super) mod memory;
pub(super) mod outbox;
pub(super) mod outreach;
mod outreach_rows;
pub(super) mod parked;
pub(super) mod plugin;
pub(super) mod query;
pub(super) mod run;
pub(super) mod schedule;
pub(super) mod snapshot;
pub(super) mod transcript;
pub(super) mod version;
