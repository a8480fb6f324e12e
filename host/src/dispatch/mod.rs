//! From the event log to effects: which plugins want an event, in which order events are handled,
//! and how what plugins propose is checked, decided and committed together.

mod aside;
mod backlog;
mod bury;
mod check;
mod decide;
mod dispatcher;
mod effects;
mod follow;
mod gate;
mod health;
mod judge;
mod lanes;
mod park;
mod process;
mod quota;
mod rest;
mod retry;
mod route;
mod run;
mod schedule;
mod stall;
mod timers;
mod transcript;
mod turn;
mod wait;
mod worker;

pub(crate) use decide::{About, decide, find_causes, judge, proposes_message};
pub(crate) use dispatcher::Dispatcher;
pub(crate) use effects::{Origin, Outcome, write};
pub(crate) use gate::{Caller, Gate, Permit};
pub(crate) use quota::whole as check_memory;
pub(crate) use route::{route, wanted};
pub(crate) use run::{BROKEN, Ran, Records, known, refused, refused_by, report, run_id};
pub(crate) use schedule::{event_id as schedule_event_id, occurrence, plan as plan_schedules};
pub(crate) use timers::event_id as timer_event_id;
pub(crate) use transcript::{Pruning, keep as keep_transcript};
pub(crate) use turn::NoTurn;
pub(crate) use wait::Wait;

use std::sync::Arc;
use std::thread::JoinHandle;

use crate::error::Error;
use crate::host::Core;

/// Starts the threads: workers, which run plugins, and one that watches the time.
pub(crate) fn start(core: &Arc<Core>) -> Result<Vec<JoinHandle<()>>, Error> {
    core.dispatcher
        .resume(!core.store.pending(0, 1)?.is_empty());
    core.newest.send_replace(core.store.newest()?);
    let weak = Arc::downgrade(core);
    core.clock.on_jump(Box::new(move || {
        if let Some(core) = weak.upgrade() {
            core.dispatcher.wake();
        }
    }));
    let mut threads = Vec::new();
    let spawn = |name: String, body: fn(Arc<Core>)| {
        let core = core.clone();
        std::thread::Builder::new()
            .name(name)
            .spawn(move || body(core))
            .map_err(|error| Error::Config {
                key: "workers",
                problem: format!("a thread could not be started: {error}"),
            })
    };
    for index in 0..core.config.workers.max(1) {
        threads.push(spawn(format!("regulars-worker-{index}"), worker::work)?);
    }
    for index in 0..crate::outbox::THREADS {
        threads.push(spawn(
            format!("regulars-outbox-{index}"),
            crate::outbox::work,
        )?);
    }
    threads.push(spawn("regulars-time".to_owned(), timers::watch)?);
    Ok(threads)
}

/// Does everything that is due now: takes up what other processes changed, fires schedules and timers,
/// lets in what waits, and removes transcripts that have had their time. Gives how much that was.
pub(crate) fn fire_due(core: &Arc<Core>) -> Result<usize, Error> {
    let changed = core.reload_plugins()? + judge::judge(core)?;
    let fired = schedule::fire(core)? + timers::fire(core)?;
    let tidied = bury::bury(core)? + transcript::prune(core)?;
    let sent = crate::outbox::fire(core)?;
    Ok(changed + fired + tidied + sent + retry::fire(core)?)
}
