//! The events of all customers in order of time, because a plugin's memory of one customer may matter for the next.
//! All customers with events are in memory.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

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
use crate::model::{Customer, Timestamp};
use crate::store::{CustomerQuery, PageRequest, StoreError};

/// The most customers that are read at once.
const PAGE: u32 = 1000;

pub(super) fn go(stage: &Stage, watch: &Watch) -> Result<Sum, Error> {
    let mut sum = Sum::new(stage.cast.set.all.len(), Order::ByTime);
    let mut partial = Partial {
        people: 0,
        of: stage.engine.store.counts()?.customers,
        reached: None,
        loaded: None,
    };
    let (lives, all) = load(stage, watch)?;
    if !all {
        partial.loaded = Some(lives.len() as u64);
        sum.partial = Some(partial);
        return Ok(sum);
    }
    let (after, reached) = live(stage, &stage.cast, &lives, watch)?;
    let mut ended = reached.is_some();
    let mut before = None;
    if let Some(cast) = stage.before.as_ref().filter(|_| !ended) {
        let (found, reached) = live(stage, cast, &lives, watch)?;
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
fn load(stage: &Stage, watch: &Watch) -> Result<(Vec<Arc<Life>>, bool), Error> {
    let mut lives = Vec::new();
    let mut page = PageRequest::first(PAGE);
    loop {
        let customers = stage
            .engine
            .store
            .customers(&CustomerQuery::default(), page)?;
        let wanted = lives.len() + customers.items.len();
        let read: Result<Vec<Option<Arc<Life>>>, StoreError> = customers
            .items
            .into_par_iter()
            .map(|customer| read(stage, watch, customer))
            .collect();
        lives.extend(read?.into_iter().flatten());
        match customers.next {
            _ if lives.len() < wanted => return Ok((lives, false)),
            None => return Ok((lives, true)),
            after => page.after = after,
        }
    }
}

/// Returns `None` if the rehearsal ended.
fn read(stage: &Stage, watch: &Watch, customer: Customer) -> Result<Option<Arc<Life>>, StoreError> {
    if watch.stopped() {
        return Ok(None);
    }
    let zone = customer.time_zone.clone();
    let life = Life::load(stage, customer)?;
    watch.correct(stage.planned(&None), stage.planned(&zone));
    watch.add(life.read);
    Ok(Some(Arc::new(life)))
}

/// Returns the result of each customer, and the simulated time reached if the rehearsal ended.
fn live(
    stage: &Stage,
    cast: &Cast,
    lives: &[Arc<Life>],
    watch: &Watch,
) -> Result<(Vec<Found>, Option<Timestamp>), Error> {
    let mut lanes: Vec<Lane<'_>> = lives
        .iter()
        .map(|life| Lane::new(stage, cast, life.clone()))
        .collect();
    let nexts = lanes.iter_mut().enumerate();
    let mut due: BinaryHeap<Reverse<(Timestamp, usize)>> = nexts
        .filter_map(|(place, lane)| Some(Reverse((lane.next()?, place))))
        .collect();
    let mut own = Own::default();
    while let Some(Reverse((at, place))) = due.pop() {
        if watch.stopped() {
            let found = lanes.into_iter().map(Lane::finish).collect();
            return Ok((found, Some(at)));
        }
        let lane = &mut lanes[place];
        // What it causes comes first.
        lane.step(&mut own)?;
        watch.add(lane.advanced());
        if let Some(next) = lane.next() {
            due.push(Reverse((next, place)));
        }
    }
    watch.add(lanes.iter().map(Lane::left).sum());
    Ok((lanes.into_iter().map(Lane::finish).collect(), None))
}
