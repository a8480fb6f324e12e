//! A plugin tried on what was: it runs over the real history of every customer, each event as of its own time,
//! and everything that it proposes goes through the policy of today. Nothing is written.
//!
//! One customer is one `Lane`: simulated time goes from event to event, through interactions that
//! were recorded or imported, schedules, timers, messages that are due, and events that effects cause. What
//! effects would change is applied to a copy in memory: history, tags, level, memories, timers, the desk and what
//! was sent. The code that calls, checks, decides and works out effects is dispatch's own.
//!
//! Customers are independent of each other but for one thing, the memory that a plugin keeps for itself. So
//! `by_person` goes through them in parallel, page by page, each with its history read once; and where some
//! plugin turns out to write to that memory, `by_time` begins anew and goes through the events of everybody in
//! the order of their times, on one thread, all customers in memory. Which of the two it is depends on database
//! and component alone, and so does every byte of the report.

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

use crate::error::Error;
use crate::host::Host;
use stage::Stage;

impl Host {
    /// Runs a plugin over what happened from one instant to another, beside the installed ones, and tells what
    /// would have come of it. Nothing is written, and nobody is contacted; `watch` shows how far it is, and ends it.
    ///
    /// # Errors
    /// [`Error::Plugin`] says why it cannot be a plugin here, [`Error::Invalid`] which setting, grant or time is
    /// wrong, [`Error::NotFound`] that the plugin to compare with is not installed; [`Error::Store`].
    pub fn rehearse(&self, request: RehearseRequest, watch: &Watch) -> Result<Rehearsal, Error> {
        let stage = Stage::set(self, request)?;
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
}
