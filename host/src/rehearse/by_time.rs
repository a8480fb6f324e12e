//! Everybody's events in the order of their times, where what a plugin remembers of one customer may matter for the
//! next. All customers to whom something happens are in memory.

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
use crate::model::Timestamp;
use crate::store::{CustomerQuery, PageRequest, StoreError};

/// How many customers are read at once.
const PAGE: u32 = 1000;

pub(super) fn go(stage: &Stage, watch: &Watch) -> Result<Sum, Error> {
    let lives = load(stage, watch)?;
    let mut sum = Sum::new(stage.cast.set.all.len(), Order::ByTime);
    let casts = 1 + u32::from(stage.before.is_some());
    let (after, reached) = live(stage, &stage.cast, &lives, watch, casts)?;
    let mut before = None;
    if let Some(cast) = stage.before.as_ref().filter(|_| reached.is_none()) {
        let (found, ended) = live(stage, cast, &lives, watch, casts)?;
        // Halves of different lengths cannot be compared.
        before = Some(found).filter(|_| ended.is_none());
    }
    let whole = reached.is_none() && (before.is_some() || stage.before.is_none());
    let mut before = before.map(Vec::into_iter);
    for mut found in after {
        if let Some(before) = before.as_mut().and_then(Iterator::next) {
            sum.differences.add(before, &mut found);
        }
        sum.add(found);
    }
    if !whole || watch.stopped() {
        sum.partial = Some(Partial {
            people: sum.people,
            of: stage.core.store.counts()?.customers,
            reached,
        });
    }
    Ok(sum)
}

fn load(stage: &Stage, watch: &Watch) -> Result<Vec<Arc<Life>>, Error> {
    let mut lives = Vec::new();
    let mut page = PageRequest::first(PAGE);
    loop {
        let customers = stage
            .core
            .store
            .customers(&CustomerQuery::default(), page)?;
        let read: Result<Vec<Arc<Life>>, StoreError> = customers
            .items
            .into_par_iter()
            .map(|customer| Ok(Arc::new(Life::load(stage, customer)?)))
            .collect();
        lives.extend(read?);
        match customers.next {
            Some(after) if !watch.stopped() => page.after = Some(after),
            _ => return Ok(lives),
        }
    }
}

/// What came of each, and how far in time it went where it was ended.
fn live(
    stage: &Stage,
    cast: &Cast,
    lives: &[Arc<Life>],
    watch: &Watch,
    casts: u32,
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
    let mut reached = None;
    let mut told = Told::new(stage, watch, casts);
    while let Some(Reverse((at, place))) = due.pop() {
        if watch.stopped() {
            reached = Some(at);
            break;
        }
        told.at(at);
        let lane = &mut lanes[place];
        // What it causes comes first.
        lane.step(&mut own)?;
        if let Some(next) = lane.next() {
            due.push(Reverse((next, place)));
        }
    }
    told.at(stage.until);
    Ok((lanes.into_iter().map(Lane::finish).collect(), reached))
}

/// Tells how far it is by how much of the time has passed.
struct Told<'a> {
    watch: &'a Watch,
    from: Timestamp,
    millis: u64,
    share: u64,
    told: u64,
}

impl<'a> Told<'a> {
    fn new(stage: &Stage, watch: &'a Watch, casts: u32) -> Told<'a> {
        let millis = stage.until.duration_since(stage.from).as_millis();
        Told {
            watch,
            from: stage.from,
            millis: u64::try_from(millis).unwrap_or(1).max(1),
            share: watch.progress().total / u64::from(casts),
            told: 0,
        }
    }

    fn at(&mut self, at: Timestamp) {
        let passed = u64::try_from(at.duration_since(self.from).as_millis()).unwrap_or(0);
        let done = u128::from(self.share) * u128::from(passed) / u128::from(self.millis);
        let done = u64::try_from(done).unwrap_or(self.share);
        self.watch.add(done.saturating_sub(self.told));
        self.told = done.max(self.told);
    }
}
