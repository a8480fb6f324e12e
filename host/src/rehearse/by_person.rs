//! One customer after the other, several in parallel. Correct as long as no plugin remembers anything across
//! customers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::cast::Cast;
use super::lane::{Lane, Own};
use super::life::Life;
use super::person::Found;
use super::report::{Order, Partial};
use super::stage::Stage;
use super::tally::Sum;
use super::watch::Watch;
use crate::error::Error;
use crate::model::Customer;
use crate::store::{CustomerQuery, PageRequest, StoreError};

/// The most customers in memory at once.
const PAGE: u32 = 500;

/// Returns `None` if a plugin wrote to the memory that all customers share: then their order matters.
pub(super) fn go(stage: &Stage, watch: &Watch) -> Result<Option<Sum>, Error> {
    let mut sum = Sum::new(stage.cast.set.all.len(), Order::ByPerson);
    let pass = Pass {
        stage,
        watch,
        abandoned: AtomicBool::new(false),
    };
    let mut page = PageRequest::first(PAGE);
    let mut ended = false;
    loop {
        let customers = stage
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
            of: stage.engine.store.counts()?.customers,
            reached: None,
            loaded: None,
        });
    }
    sum.compared = stage.before.is_some() && (sum.people > 0 || !ended);
    Ok(Some(sum))
}

/// The results of one customer, with the new version and with the installed one.
struct Both {
    after: Found,
    before: Option<Found>,
}

struct Pass<'a> {
    stage: &'a Stage,
    watch: &'a Watch,
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
        let life = Arc::new(Life::load(self.stage, customer)?);
        self.watch
            .correct(self.stage.planned(&None), self.stage.planned(&zone));
        let Some(after) = self.go_through(&self.stage.cast, &life)? else {
            return Ok(None);
        };
        let mut both = Both {
            after,
            before: None,
        };
        if let Some(cast) = &self.stage.before {
            both.before = self.go_through(cast, &life)?;
            if both.before.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(both))
    }

    fn go_through(&self, cast: &Cast, life: &Arc<Life>) -> Result<Option<Found>, StoreError> {
        let mut lane = Lane::new(self.stage, cast, life.clone());
        let mut own = Own::default();
        while lane.next().is_some() {
            if self.ended() {
                return Ok(None);
            }
            lane.step(&mut own)?;
            self.watch.add(lane.advanced());
            if own.written {
                self.abandoned.store(true, Ordering::Relaxed);
                return Ok(None);
            }
        }
        self.watch.add(lane.left());
        Ok(Some(lane.finish()))
    }

    fn ended(&self) -> bool {
        self.watch.stopped() || self.abandoned.load(Ordering::Relaxed)
    }
}
