//! One customer after the other, several in parallel. Correct as long as no plugin remembers anything across
//! customers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::customer_result::CustomerResult;
use super::customer_sim::{CustomerSim, SharedMemory};
use super::history::History;
use super::participants::Participants;
use super::progress::Progress;
use super::report::{Order, Partial};
use super::simulation::Simulation;
use super::stats::Sum;
use crate::error::Error;
use crate::model::Customer;
use crate::store::{CustomerQuery, PageRequest, StoreError};

/// The most customers in memory at once.
const PAGE: u32 = 500;

/// Returns `None` if a plugin wrote to the memory that all customers share: then their order matters.
pub(super) fn go(sim: &Simulation, watch: &Progress) -> Result<Option<Sum>, Error> {
    let mut sum = Sum::new(sim.participants.set.all.len(), Order::ByPerson);
    let pass = Pass {
        sim,
        watch,
        abandoned: AtomicBool::new(false),
    };
    let mut page = PageRequest::first(PAGE);
    let mut ended = false;
    loop {
        let customers = sim
            .engine
            .store
            .customers(&CustomerQuery::default(), page)?;
        let found: Vec<Result<Option<Both>, StoreError>> = customers
            .items
            .into_par_iter()
            .map(|customer| pass.live(customer))
            .collect();
        if pass.abandoned.load(Ordering::Relaxed) {
            return Ok(None);
        }
        for found in found {
            let Some(Both { mut after, before }) = found? else {
                ended = true;
                continue;
            };
            if let Some(before) = before {
                sum.differences.add(before, &mut after);
            }
            sum.add(after);
        }
        match customers.next {
            Some(_) if ended => break,
            None => break,
            after => page.after = after,
        }
    }
    if ended {
        sum.partial = Some(Partial {
            people: sum.people,
            of: sim.engine.store.counts()?.customers,
            reached: None,
            loaded: None,
        });
    }
    sum.compared = sim.before.is_some() && (sum.people > 0 || !ended);
    Ok(Some(sum))
}

/// The results of one customer, with the new version and with the installed one.
struct Both {
    after: CustomerResult,
    before: Option<CustomerResult>,
}

struct Pass<'a> {
    sim: &'a Simulation,
    watch: &'a Progress,
    /// A plugin wrote to the shared memory.
    abandoned: AtomicBool,
}

impl Pass<'_> {
    /// Returns `None` if the rehearsal ended before this customer was complete.
    fn live(&self, customer: Customer) -> Result<Option<Both>, StoreError> {
        if self.ended() {
            return Ok(None);
        }
        let zone = customer.time_zone.clone();
        let history = Arc::new(History::load(self.sim, customer)?);
        self.watch
            .correct(self.sim.planned(&None), self.sim.planned(&zone));
        let Some(after) = self.go_through(&self.sim.participants, &history)? else {
            return Ok(None);
        };
        let mut both = Both {
            after,
            before: None,
        };
        if let Some(participants) = &self.sim.before {
            both.before = self.go_through(participants, &history)?;
            if both.before.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(both))
    }

    fn go_through(
        &self,
        participants: &Participants,
        history: &Arc<History>,
    ) -> Result<Option<CustomerResult>, StoreError> {
        let mut one = CustomerSim::new(self.sim, participants, history.clone());
        let mut own = SharedMemory::default();
        while one.next().is_some() {
            if self.ended() {
                return Ok(None);
            }
            one.step(&mut own)?;
            self.watch.add(one.advanced());
            if own.written {
                self.abandoned.store(true, Ordering::Relaxed);
                return Ok(None);
            }
        }
        self.watch.add(one.left());
        Ok(Some(one.finish()))
    }

    fn ended(&self) -> bool {
        self.watch.stopped() || self.abandoned.load(Ordering::Relaxed)
    }
}
