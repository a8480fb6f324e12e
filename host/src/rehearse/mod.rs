//! A rehearsal: a plugin runs over the real history of every customer, each event as of its own time, and every
//! proposal is decided by today's policy. Nothing is written.
//!
//! One customer is one `Lane`. Simulated time goes from event to event: recorded and imported interactions, schedules,
//! timers, due messages, and events that effects cause. Effects are applied to a copy in memory: history, tags, level,
//! memories, timers, desk and sent messages. The calls go through the `pipeline`, as live events do.
//!
//! Customers are independent of each other, except for the memory that a plugin keeps for itself. `by_person` goes
//! through the customers in parallel, page by page, and reads each history once. If a plugin writes to its own memory,
//! `by_time` starts again: it goes through the events of all customers in order of time, on one thread, with all
//! customers in memory. The order depends on database and component alone, and so does every byte of the report.

mod against;
mod apply;
mod audience;
mod by_person;
mod by_time;
mod calendar;
mod call;
mod cast;
mod contact;
mod count;
mod fuel;
mod handle;
mod lane;
mod life;
mod naming;
mod outbox;
mod person;
mod records;
mod report;
mod request;
mod samples;
mod shown;
mod stage;
mod tally;
mod watch;

pub use report::{
    Beside, Came, Contacts, Difference, Differs, DiffersExample, Example, FailureSum, Fuel,
    HistogramBar, KindSum, LeftOut, Messages, Occasions, Order, Partial, Person, Rehearsal,
    RuleSum, Sample, Subject, Week, Window,
};
pub use request::RehearseRequest;
pub use watch::{Progress, Watch};

use crate::engine::Engine;
use crate::error::Error;
use std::sync::Arc;

use stage::Stage;

/// Runs a plugin over the events of a past period: see [`Host::rehearse`](crate::Host::rehearse).
pub(crate) fn rehearse(
    engine: &Arc<Engine>,
    request: RehearseRequest,
    watch: &Watch,
) -> Result<Rehearsal, Error> {
    let stage = Stage::set(engine, request)?;
    watch.begin(stage.size(Order::ByPerson)?, Order::ByPerson);
    let found = match by_person::go(&stage, watch)? {
        Some(found) => found,
        None => {
            watch.begin(stage.size(Order::ByTime)?, Order::ByTime);
            by_time::go(&stage, watch)?
        }
    };
    let mut report = stage.report(found);
    naming::name(&stage, &mut report)?;
    Ok(report)
}
