//! The events of all customers in order of time, because a plugin's memory of one customer may matter for the next.
//! All customers with events are in memory.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

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
use crate::model::{Customer, Timestamp};
use crate::store::{CustomerQuery, PageRequest, StoreError};

/// The most customers that are read at once.
const PAGE: u32 = 1000;

pub(super) fn go(sim: &Simulation, watch: &Progress) -> Result<Sum, Error> {
    let mut sum = Sum::new(sim.participants.set.all.len(), Order::ByTime);
    let mut partial = Partial {
        people: 0,
        of: sim.engine.store.counts()?.customers,
        reached: None,
        loaded: None,
    };
    let (histories, all) = load(sim, watch)?;
    if !all {
        partial.loaded = Some(histories.len() as u64);
        sum.partial = Some(partial);
        return Ok(sum);
    }
    let (after, reached) = live(sim, &sim.participants, &histories, watch)?;
    let mut ended = reached.is_some();
    let mut before = None;
    if let Some(participants) = sim.before.as_ref().filter(|_| !ended) {
        let (found, reached) = live(sim, participants, &histories, watch)?;
        ended = reached.is_some();
        // Halves of different lengths cannot be compared.
        before = Some(found).filter(|_| !ended);
    }
    sum.compared = before.is_some();
    let mut before = before.map(Vec::into_iter);
    for mut found in after {
        if let Some(before) = before.as_mut().and_then(Iterator::next) {
            sum.differences.add(before, &mut found);
        }
        sum.add(found);
    }
    if ended {
        partial.people = sum.people;
        partial.reached = reached;
        sum.partial = Some(partial);
    }
    Ok(sum)
}

/// Returns the past of all customers, and false if the rehearsal ended before all were read.
fn load(sim: &Simulation, watch: &Progress) -> Result<(Vec<Arc<History>>, bool), Error> {
    let mut histories = Vec::new();
    let mut page = PageRequest::first(PAGE);
    loop {
        let customers = sim
            .engine
            .store
            .customers(&CustomerQuery::default(), page)?;
        let wanted = histories.len() + customers.items.len();
        let read: Result<Vec<Option<Arc<History>>>, StoreError> = customers
            .items
            .into_par_iter()
            .map(|customer| read(sim, watch, customer))
            .collect();
        histories.extend(read?.into_iter().flatten());
        match customers.next {
            _ if histories.len() < wanted => return Ok((histories, false)),
            None => return Ok((histories, true)),
            after => page.after = after,
        }
    }
}

/// Returns `None` if the rehearsal ended.
fn read(
    sim: &Simulation,
    watch: &Progress,
    customer: Customer,
) -> Result<Option<Arc<History>>, StoreError> {
    if watch.stopped() {
        return Ok(None);
    }
    let zone = customer.time_zone.clone();
    let history = History::load(sim, customer)?;
    watch.correct(sim.planned(&None), sim.planned(&zone));
    watch.add(history.read);
    Ok(Some(Arc::new(history)))
}

/// Returns the result of each customer, and the simulated time reached if the rehearsal ended.
fn live(
    sim: &Simulation,
    participants: &Participants,
    histories: &[Arc<History>],
    watch: &Progress,
) -> Result<(Vec<CustomerResult>, Option<Timestamp>), Error> {
    let mut customers: Vec<CustomerSim<'_>> = histories
        .iter()
        .map(|history| CustomerSim::new(sim, participants, history.clone()))
        .collect();
    let nexts = customers.iter_mut().enumerate();
    let mut due: BinaryHeap<Reverse<(Timestamp, usize)>> = nexts
        .filter_map(|(place, one)| Some(Reverse((one.next()?, place))))
        .collect();
    let mut own = SharedMemory::default();
    while let Some(Reverse((at, place))) = due.pop() {
        if watch.stopped() {
            let found = customers.into_iter().map(CustomerSim::finish).collect();
            return Ok((found, Some(at)));
        }
        let one = &mut customers[place];
        // What it causes comes first.
        one.step(&mut own)?;
        watch.add(one.advanced());
        if let Some(next) = one.next() {
            due.push(Reverse((next, place)));
        }
    }
    watch.add(customers.iter().map(CustomerSim::left).sum());
    Ok((
        customers.into_iter().map(CustomerSim::finish).collect(),
        None,
    ))
}
