use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::circuit_breaker::{CircuitBreaker, Transition};
use super::rejection::Rejection;
use super::slots::{Limits, Slots};
use regulars_model::token_bucket::TokenBucket;
use regulars_model::*;

/// Runs count as short while they use less than 1/50 of their budget on average, about half a millisecond.
/// Short runs may take nearly all workers, because each gives its worker back at once.
const SHORT: u64 = 50;
/// The real time that an event waits for a slot. After one wait in vain, no event waits until a run has ended.
const SLOT_WAIT: Duration = Duration::from_millis(2);
/// The wait while runs are short: the run before only waits for a processor.
const SHORT_RUN_WAIT: Duration = Duration::from_millis(50);
/// The wait of an action, whose caller has a thread of its own.
const ACTION_WAIT: Duration = Duration::from_millis(500);
/// The most deferred events that are admitted for each free slot: nearly all runs are short. The number starts at
/// one, doubles as long as every event finds a slot, and starts again at one when an event does not.
const MAX_PER_SLOT: u64 = 64;

/// The real time that a replaced version may take to finish its runs.
const DRAIN: Duration = Duration::from_secs(10);

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60_000;

/// The source of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// A new event. It goes behind all deferred events.
    Event,
    /// A deferred event.
    Deferred,
    /// An action, called by a person or a program.
    Action,
}

/// Admits calls to one installation. It stays the same for as long as the host runs.
pub struct AdmissionController {
    state: Mutex<State>,
    /// Signals the end of a run.
    freed: Condvar,
    /// The fuel budget of one run. It is taken at the start, and the unused part is returned.
    budget: u64,
}

struct State {
    runs: TokenBucket,
    fuel: TokenBucket,
    slots: Slots,
    /// Moving average of the fuel that a run uses.
    average: u64,
    running: u32,
    /// A call waited for a slot in vain, and no run has ended since.
    slow: bool,
    /// The deferred events that are admitted for each free slot.
    per_slot: u64,
    /// A deferred event that was let in found no slot.
    saturated: bool,
    /// Deferred events are in the store, for the ticker to take up.
    deferred: bool,
    /// They are deferred by a rate or fuel limit: new events go behind them.
    queue: bool,
    /// All calls are rejected while another version is installed.
    draining: bool,
    breaker: CircuitBreaker,
}

/// Permission for one call. Dropping it frees the slot.
pub struct Permit {
    controller: Arc<AdmissionController>,
    /// The part of the fuel budget that is not used yet.
    unused: u64,
    trial: bool,
    caller: Caller,
}

impl AdmissionController {
    /// `workers` is the number of the host's worker threads, `budget` the fuel of one run.
    pub fn new(
        limits: PluginLimits,
        workers: usize,
        budget: u64,
        now: Timestamp,
    ) -> AdmissionController {
        let limits = Limits::of(limits, workers);
        let (runs, fuel) = (limits.runs_per_second, limits.fuel_per_minute);
        AdmissionController {
            state: Mutex::new(State {
                runs: TokenBucket::new(runs, SECOND, runs * 10, now),
                fuel: TokenBucket::new(fuel, MINUTE, (fuel / 6).max(budget), now),
                slots: limits.slots,
                average: 0,
                running: 0,
                slow: false,
                per_slot: 1,
                saturated: false,
                deferred: false,
                queue: false,
                draining: false,
                breaker: CircuitBreaker::default(),
            }),
            freed: Condvar::new(),
            budget,
        }
    }

    /// Replaces the limits.
    pub fn set_limits(&self, limits: PluginLimits, workers: usize, now: Timestamp) {
        let limits = Limits::of(limits, workers);
        let (runs, fuel) = (limits.runs_per_second, limits.fuel_per_minute);
        let mut state = self.lock();
        state.runs.set_limits(runs, runs * 10, now);
        state
            .fuel
            .set_limits(fuel, (fuel / 6).max(self.budget), now);
        state.slots = limits.slots;
        self.freed.notify_all();
    }

    /// Forgets all failures, because the plugin's record changed.
    pub fn reset(&self) {
        self.lock().breaker.reset();
    }

    /// Admits a call, or returns the reason why not. Waits for a slot for at most half a second.
    pub fn acquire(
        self: &Arc<AdmissionController>,
        caller: Caller,
        installation: &Installation,
        now: Timestamp,
    ) -> Result<Permit, Rejection> {
        let mut state = self.lock();
        if state.draining {
            return Err(Rejection::Replaced);
        }
        let trial = match installation.state {
            InstallationState::Broken => return Err(Rejection::Broken),
            InstallationState::Quarantined => {
                if !state.trial_due(installation, now) {
                    return Err(Rejection::Quarantined);
                }
                true
            }
            _ if state.breaker.transition().is_some() => return Err(Rejection::Quarantined),
            _ => false,
        };
        if caller == Caller::Event && state.queue && !trial {
            return Err(Rejection::Behind);
        }
        self.check_buckets(&mut state, caller, now)?;
        if !state.has_slot(self.budget) {
            state = self.wait_for_slot(state, caller)?;
            // Another call may have taken the tokens while this one waited.
            self.check_buckets(&mut state, caller, now)?;
        }
        state.runs.take(1, now);
        state.fuel.take(self.budget, now);
        state.running += 1;
        if trial {
            state.breaker.half_open();
        }
        drop(state);
        Ok(Permit {
            controller: self.clone(),
            unused: self.budget,
            trial,
            caller,
        })
    }

    /// Checks that a run and its fuel are available.
    fn check_buckets(
        &self,
        state: &mut State,
        caller: Caller,
        now: Timestamp,
    ) -> Result<(), Rejection> {
        let runs = state.runs.wait(1, now);
        let fuel = state.fuel.wait(self.budget, now);
        if runs == 0 && fuel == 0 {
            return Ok(());
        }
        if caller == Caller::Event {
            state.queue = true;
        }
        Err(if runs >= fuel {
            Rejection::Runs {
                allowed: state.runs.rate(),
                millis: runs,
            }
        } else {
            Rejection::Fuel {
                allowed: state.fuel.rate(),
                millis: fuel,
            }
        })
    }

    fn wait_for_slot<'g>(
        &'g self,
        mut state: MutexGuard<'g, State>,
        caller: Caller,
    ) -> Result<MutexGuard<'g, State>, Rejection> {
        let wait = match caller {
            Caller::Action => ACTION_WAIT,
            _ if state.slow => Duration::ZERO,
            _ if state.is_short(self.budget) => SHORT_RUN_WAIT,
            _ => SLOT_WAIT,
        };
        if !wait.is_zero() {
            let full = |state: &mut State| !state.has_slot(self.budget);
            (state, _) = self
                .freed
                .wait_timeout_while(state, wait, full)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if !state.has_slot(self.budget) {
            state.slow = true;
            state.saturated |= caller == Caller::Deferred;
            return Err(Rejection::Concurrent {
                allowed: state.slots(self.budget),
            });
        }
        Ok(state)
    }

    /// Returns the number of deferred events that may be let in now.
    pub fn room(&self, installation: &Installation, now: Timestamp) -> u64 {
        let mut state = self.lock();
        let slots = state.slots(self.budget).saturating_sub(state.running);
        let room = (u64::from(slots) * state.per_slot)
            .min(state.runs.available(now))
            .min(state.fuel.available(now) / self.budget.max(1));
        match installation.state {
            _ if state.draining => 0,
            InstallationState::Enabled if state.breaker.transition().is_none() => room,
            InstallationState::Quarantined if state.trial_due(installation, now) => room.min(1),
            _ => 0,
        }
    }

    /// Returns the time at which the limits have room again. `None` if they have some now, or a run must end first.
    pub fn next_room(&self, installation: &Installation, now: Timestamp) -> Option<Timestamp> {
        let mut state = self.lock();
        let runs = state.runs.wait(1, now);
        let wait = runs.max(state.fuel.wait(self.budget, now));
        drop(state);
        let wait = jiff::SignedDuration::from_millis(i64::try_from(wait).unwrap_or(i64::MAX));
        let room = now.checked_add(wait).unwrap_or(Timestamp::MAX);
        let trial = match installation.state {
            InstallationState::Quarantined => trial_at(installation),
            _ => None,
        };
        Some(trial.map_or(room, |at| at.max(room))).filter(|at| *at > now)
    }

    /// Notes that a deferred event was committed. Returns true if the ticker must be woken.
    pub fn note_deferred(&self) -> bool {
        !std::mem::replace(&mut self.lock().deferred, true)
    }

    /// Returns true if deferred events are in the store that the ticker left there.
    pub fn has_deferred(&self) -> bool {
        self.lock().deferred
    }

    /// Begins a scan of the deferred events: events that are committed from now on may be missed.
    pub fn begin_scan(&self) {
        self.lock().deferred = false;
    }

    /// Ends a scan. `more` says that it left some events in the store.
    pub fn end_scan(&self, more: bool) {
        let mut state = self.lock();
        state.deferred |= more;
        state.queue &= state.deferred;
        state.per_slot = match std::mem::take(&mut state.saturated) {
            true => 1,
            false => (state.per_slot * 2).min(MAX_PER_SLOT),
        };
    }

    /// Returns true if a quarantined plugin may be tried now.
    pub fn may_be_tried(&self, installation: &Installation, now: Timestamp) -> bool {
        self.lock().trial_due(installation, now)
    }

    /// Returns true if the plugin's runs are long, and should run at low priority.
    pub fn is_slow(&self) -> bool {
        !self.lock().is_short(self.budget)
    }

    /// Rejects all calls until [`AdmissionController::release`], and waits up to ten seconds for the running ones.
    /// A run that takes longer cannot commit, and is repeated.
    pub fn drain(&self) {
        let mut state = self.lock();
        state.draining = true;
        let _left = self
            .freed
            .wait_timeout_while(state, DRAIN, |state| state.running > 0)
            .unwrap_or_else(PoisonError::into_inner);
    }

    pub fn release(&self) {
        self.lock().draining = false;
    }

    /// Returns the change of the plugin's state that its runs caused.
    pub fn transition(&self) -> Option<Transition> {
        self.lock().breaker.transition().cloned()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// Counts the fuel that the run used.
    pub fn used(&mut self, fuel: u64) {
        self.unused = self.unused.saturating_sub(fuel);
        let mut state = self.controller.lock();
        state.average = state.average - state.average / 8 + fuel / 8;
    }

    /// Counts the run's result. `too_many` failures in a row quarantine the plugin, counted apart for events and
    /// actions.
    pub fn completed(&self, failure: Option<FailureKind>, too_many: u32) {
        let mut state = self.controller.lock();
        let action = self.caller == Caller::Action;
        state
            .breaker
            .completed(self.trial, action, failure, too_many);
    }

    /// Returns true if the ticker must be woken once the slot is free.
    pub fn wakes_ticker(&self) -> bool {
        let state = self.controller.lock();
        let awaited = state.deferred && !state.has_slot(self.controller.budget);
        awaited || state.breaker.transition().is_some()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.controller.lock();
        state.running -= 1;
        state.slow = false;
        state.fuel.give_back(self.unused);
        if self.trial {
            state.breaker.end_trial();
        }
        drop(state);
        self.controller.freed.notify_all();
    }
}

impl State {
    fn is_short(&self, budget: u64) -> bool {
        self.average < budget / SHORT
    }

    fn slots(&self, budget: u64) -> u32 {
        match self.is_short(budget) {
            true => self.slots.while_short,
            false => self.slots.otherwise,
        }
    }

    fn has_slot(&self, budget: u64) -> bool {
        self.running < self.slots(budget)
    }

    fn trial_due(&self, installation: &Installation, now: Timestamp) -> bool {
        self.breaker.may_try() && trial_at(installation).is_none_or(|at| at <= now)
    }
}

fn trial_at(installation: &Installation) -> Option<Timestamp> {
    installation.trouble.as_ref()?.next_trial
}
