//! What stands between a plugin and the workers: how often, how many at once, how much fuel, and
//! whether it is to be called at all. Only what is meant for that plugin waits before it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::health::{Health, Verdict};
use super::wait::Wait;
use crate::model::*;
use crate::token_bucket::TokenBucket;

/// Runs a second, where nobody set it.
const RUNS_PER_SECOND: u32 = 5_000;
/// Fuel a minute: about half a core.
const FUEL_PER_MINUTE: u64 = 60_000_000_000;
/// A plugin's runs are short as long as they use less than this part of their budget on average: half a
/// millisecond or so. Then it may have nearly all workers, as it gives them back at once.
const SHORT: u64 = 50;
/// How long a call waits for another of the same plugin to end, in real time. Who waits in vain has met
/// slow ones, and the next does not wait before one has ended.
const PATIENCE: Duration = Duration::from_millis(2);
/// The same where its runs are short: the other only waits for a processor.
const PATIENCE_WITH_SHORT: Duration = Duration::from_millis(50);
/// The same for a person who waits for an answer, on a thread of their own.
const PATIENCE_OF_PEOPLE: Duration = Duration::from_millis(500);
/// How many events are taken out of the store for each place that is free, at the most: nearly all runs
/// are short. It begins with one, doubles as long as all of them find a place, and begins anew when not.
const PER_PLACE: u64 = 64;

/// How long a version that is replaced may take to finish its runs, in real time.
const DRAIN: Duration = Duration::from_secs(10);

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60_000;

/// Who wants in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// An event that has not waited yet: it goes behind those that have.
    Event,
    /// One that has.
    Waiting,
    /// A person or program, by an action.
    Action,
}

/// One for each installation, for as long as the host runs.
pub(crate) struct Gate {
    state: Mutex<State>,
    /// A run ended.
    freed: Condvar,
    /// A run's whole budget: taken before, and given back but for what was used.
    budget: u64,
}

struct State {
    runs: TokenBucket,
    fuel: TokenBucket,
    places: Places,
    /// Fuel of a run, over some of the last.
    average: u64,
    running: u32,
    /// Somebody waited in vain for a run to end, and none has ended since.
    slow: bool,
    /// How many events that wait are let in for each free place.
    per_place: u64,
    /// Some of those that were let in found none.
    crowded: bool,
    /// Events wait in the store, for the watcher of time to let them in.
    waiting: bool,
    /// They wait for a limit that time moves: others go behind them.
    queue: bool,
    /// Nobody is let in: another version takes the place of this one.
    held: bool,
    health: Health,
}

/// How many runs at once.
#[derive(Debug, Clone, Copy)]
struct Places {
    while_short: u32,
    otherwise: u32,
}

/// Leave to call a plugin once. Dropping it gives the place back.
pub(crate) struct Permit {
    gate: Arc<Gate>,
    /// Fuel that was taken and is not used.
    unused: u64,
    trial: bool,
    caller: Caller,
}

impl Gate {
    /// `workers` and `budget` (the fuel of one run) are the host's.
    pub fn new(limits: PluginLimits, workers: usize, budget: u64, now: Timestamp) -> Gate {
        let (runs, fuel, places) = resolved(limits, workers);
        Gate {
            state: Mutex::new(State {
                runs: TokenBucket::new(runs, SECOND, runs * 10, now),
                fuel: TokenBucket::new(fuel, MINUTE, (fuel / 6).max(budget), now),
                places,
                average: 0,
                running: 0,
                slow: false,
                per_place: 1,
                crowded: false,
                waiting: false,
                queue: false,
                held: false,
                health: Health::default(),
            }),
            freed: Condvar::new(),
            budget,
        }
    }

    /// Other limits from now on.
    pub fn set(&self, limits: PluginLimits, workers: usize, now: Timestamp) {
        let (runs, fuel, places) = resolved(limits, workers);
        let mut state = self.lock();
        state.runs.set(runs, runs * 10, now);
        state.fuel.set(fuel, (fuel / 6).max(self.budget), now);
        state.places = places;
        self.freed.notify_all();
    }

    /// The plugin's record changed: it is judged by what it does from now on.
    pub fn renew(&self) {
        self.lock().health.renew();
    }

    /// Lets a call in, or says why not.
    pub fn admit(
        self: &Arc<Gate>,
        caller: Caller,
        installation: &Installation,
        now: Timestamp,
    ) -> Result<Permit, Wait> {
        let mut state = self.lock();
        if state.held {
            return Err(Wait::Replaced);
        }
        let trial = match installation.state {
            InstallationState::Broken => return Err(Wait::Broken),
            InstallationState::Quarantined => {
                if !state.trial_due(installation, now) {
                    return Err(Wait::Quarantined);
                }
                true
            }
            _ if state.health.verdict().is_some() => return Err(Wait::Quarantined),
            _ => false,
        };
        if caller == Caller::Event && state.queue && !trial {
            return Err(Wait::Behind);
        }
        self.look(&mut state, caller, now)?;
        if !state.has_place(self.budget) {
            state = self.place(state, caller)?;
            // Somebody may have taken what was there while this one waited for its place.
            self.look(&mut state, caller, now)?;
        }
        state.runs.take(1, now);
        state.fuel.take(self.budget, now);
        state.running += 1;
        if trial {
            state.health.begin_trial();
        }
        drop(state);
        Ok(Permit {
            gate: self.clone(),
            unused: self.budget,
            trial,
            caller,
        })
    }

    /// Whether there is a run and its fuel.
    fn look(&self, state: &mut State, caller: Caller, now: Timestamp) -> Result<(), Wait> {
        let runs = state.runs.wait(1, now);
        let fuel = state.fuel.wait(self.budget, now);
        if runs == 0 && fuel == 0 {
            return Ok(());
        }
        if caller == Caller::Event {
            state.queue = true;
        }
        Err(if runs >= fuel {
            Wait::Runs {
                allowed: state.runs.rate(),
                millis: runs,
            }
        } else {
            Wait::Fuel {
                allowed: state.fuel.rate(),
                millis: fuel,
            }
        })
    }

    /// Waits for a place, briefly.
    fn place<'g>(
        &'g self,
        mut state: MutexGuard<'g, State>,
        caller: Caller,
    ) -> Result<MutexGuard<'g, State>, Wait> {
        let patience = match caller {
            Caller::Action => PATIENCE_OF_PEOPLE,
            _ if state.slow => Duration::ZERO,
            _ if state.is_short(self.budget) => PATIENCE_WITH_SHORT,
            _ => PATIENCE,
        };
        if !patience.is_zero() {
            let full = |state: &mut State| !state.has_place(self.budget);
            (state, _) = self
                .freed
                .wait_timeout_while(state, patience, full)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if !state.has_place(self.budget) {
            state.slow = true;
            state.crowded |= caller == Caller::Waiting;
            return Err(Wait::Concurrent {
                allowed: state.places(self.budget),
            });
        }
        Ok(state)
    }

    /// How many events that wait could be let in now.
    pub fn room(&self, installation: &Installation, now: Timestamp) -> u64 {
        let mut state = self.lock();
        let places = state.places(self.budget).saturating_sub(state.running);
        let room = (u64::from(places) * state.per_place)
            .min(state.runs.available(now))
            .min(state.fuel.available(now) / self.budget.max(1));
        match installation.state {
            _ if state.held => 0,
            InstallationState::Enabled if state.health.verdict().is_none() => room,
            InstallationState::Quarantined if state.trial_due(installation, now) => room.min(1),
            _ => 0,
        }
    }

    /// When there is room again that only time makes; none where there is some, or a run must end.
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

    /// An event that waits was committed. Gives whether the watcher of time has to hear of it.
    pub fn parked(&self) -> bool {
        !std::mem::replace(&mut self.lock().waiting, true)
    }

    /// Whether events wait that the watcher of time left.
    pub fn has_waiting(&self) -> bool {
        self.lock().waiting
    }

    /// The watcher of time begins to look: what is committed from now on may escape it.
    pub fn looks(&self) {
        self.lock().waiting = false;
    }

    /// It has looked: whether it left any.
    pub fn looked(&self, more: bool) {
        let mut state = self.lock();
        state.waiting |= more;
        state.queue &= state.waiting;
        state.per_place = match std::mem::take(&mut state.crowded) {
            true => 1,
            false => (state.per_place * 2).min(PER_PLACE),
        };
    }

    /// Whether a quarantined plugin may be tried now.
    pub fn may_be_tried(&self, installation: &Installation, now: Timestamp) -> bool {
        self.lock().trial_due(installation, now)
    }

    /// Whether its runs are long: such a plugin is not to keep a processor from anybody.
    pub fn is_slow(&self) -> bool {
        !self.lock().is_short(self.budget)
    }

    /// Lets nobody in until [`Gate::release`], and waits until whoever is in has left, though not for ever: what
    /// is still running then cannot commit, and is done again.
    pub fn drain(&self) {
        let mut state = self.lock();
        state.held = true;
        let _left = self
            .freed
            .wait_timeout_while(state, DRAIN, |state| state.running > 0)
            .unwrap_or_else(PoisonError::into_inner);
    }

    pub fn release(&self) {
        self.lock().held = false;
    }

    /// What is to become of the plugin, if its runs decided that.
    pub fn verdict(&self) -> Option<Verdict> {
        self.lock().health.verdict().cloned()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// The run used so much fuel.
    pub fn used(&mut self, fuel: u64) {
        self.unused = self.unused.saturating_sub(fuel);
        let mut state = self.gate.lock();
        state.average = state.average - state.average / 8 + fuel / 8;
    }

    /// What came of the run; so many failures in a row are too many, of runs on events and of actions each.
    pub fn came_to(&self, failure: Option<FailureKind>, too_many: u32) {
        let mut state = self.gate.lock();
        let action = self.caller == Caller::Action;
        state.health.ran(self.trial, action, failure, too_many);
    }

    /// Whether the watcher of time has to hear when the place is given back.
    pub fn tells(&self) -> bool {
        let state = self.gate.lock();
        let heard = state.waiting && !state.has_place(self.gate.budget);
        heard || state.health.verdict().is_some()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.gate.lock();
        state.running -= 1;
        state.slow = false;
        state.fuel.give_back(self.unused);
        if self.trial {
            state.health.end_trial();
        }
        drop(state);
        self.gate.freed.notify_all();
    }
}

impl State {
    fn is_short(&self, budget: u64) -> bool {
        self.average < budget / SHORT
    }

    fn places(&self, budget: u64) -> u32 {
        match self.is_short(budget) {
            true => self.places.while_short,
            false => self.places.otherwise,
        }
    }

    fn trial_due(&self, installation: &Installation, now: Timestamp) -> bool {
        self.health.may_try() && trial_at(installation).is_none_or(|at| at <= now)
    }

    fn has_place(&self, budget: u64) -> bool {
        self.running < self.places(budget)
    }
}

fn trial_at(installation: &Installation) -> Option<Timestamp> {
    installation.trouble.as_ref()?.next_trial
}

/// Runs a second, fuel a minute, runs at once.
fn resolved(limits: PluginLimits, workers: usize) -> (u64, u64, Places) {
    let workers = u32::try_from(workers).unwrap_or(u32::MAX);
    let set = limits.concurrent_runs;
    let places = Places {
        while_short: set.unwrap_or(workers.saturating_sub(1)).max(1),
        otherwise: set.unwrap_or(workers / 4).max(1),
    };
    (
        u64::from(limits.runs_per_second.unwrap_or(RUNS_PER_SECOND).max(1)),
        limits.fuel_per_minute.unwrap_or(FUEL_PER_MINUTE).max(1),
        places,
    )
}
