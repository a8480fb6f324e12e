//! Delivery of events to plugins: those of one customer in order, different customers in parallel. Each event is
//! handled up to one changeset, which holds everything that it does.

mod backlog;
mod customer_lock;
mod defer;
mod dispatcher;
mod idle;
mod keyed_queue;
mod process;
mod stalled;
mod subscribe;
mod worker;

pub(crate) use customer_lock::LockError;
pub(crate) use dispatcher::Dispatcher;
