//! A rehearsal: a plugin runs over the real history of every customer, each event as of its own time, and every
//! proposal is decided by today's policy. Nothing is written.
//!
//! One customer is one `CustomerSim`. Simulated time goes from event to event: recorded and imported interactions,
//! schedules, timers, due messages, and events that effects cause. Effects are applied to a copy in memory: history, tags, level,
//! memories, timers, desk and sent messages. The calls go through the `pipeline`, as live events do.
//!
//! Customers are independent of each other, except for the memory that a plugin keeps for itself. `by_person` goes
//! through the customers in parallel, page by page, and reads each history once. If a plugin writes to its own memory,
//! `by_time` starts again: it goes through the events of all customers in order of time, on one thread, with all
//! customers in memory. The order depends on database and component alone, and so does every byte of the report.

mod apply;
mod audience;
mod baseline;
mod by_person;
mod by_time;
mod calendar;
mod call;
mod contact;
mod count;
mod customer_result;
mod customer_sim;
mod fuel;
mod handle;
mod history;
mod naming;
mod outbox;
mod participants;
mod progress;
mod records;
mod report;
mod request;
mod samples;
mod simulation;
mod stats;
mod timeline;

pub use progress::{Progress, ProgressSnapshot};
pub use report::{
    Beside, Contacts, Difference, Differs, DiffersExample, Example, FailureSum, Fuel, HistogramBar,
    KindSum, LeftOut, Messages, Occasions, Order, Partial, Person, PluginReport, Rehearsal,
    RuleSum, Sample, Subject, Week, Window,
};
pub use request::RehearseRequest;

use std::sync::Arc;

use crate::engine::Engine;
use crate::error::Error;
use simulation::Simulation;

/// Runs a plugin over the events of a past period: see [`Host::rehearse`](crate::Host::rehearse).
pub(crate) fn rehearse(
    engine: &Arc<Engine>,
    request: RehearseRequest,
    watch: &Progress,
) -> Result<Rehearsal, Error> {
    let sim = Simulation::set(engine, request)?;
    watch.begin(sim.size(Order::ByPerson)?, Order::ByPerson);
    let found = match by_person::go(&sim, watch)? {
        Some(found) => found,
        None => {
            watch.begin(sim.size(Order::ByTime)?, Order::ByTime);
            by_time::go(&sim, watch)?
        }
    };
    let mut report = sim.report(found);
    naming::name(&sim, &mut report)?;
    Ok(report)
}
