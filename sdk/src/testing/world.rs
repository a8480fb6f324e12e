//! The native implementation of the imports: the world of the present call on this thread.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::run::LogLine;
use crate::grants::Granted;
use crate::history::Filter;
use crate::log::Severity;
use crate::{Interaction, Scope};

/// JSON documents by scope and key.
pub(super) type Memory = BTreeMap<(Scope, String), String>;

/// The data that a call can read. `history` is newest first.
pub(super) struct World {
    pub history: Vec<Interaction>,
    pub memory: Memory,
    pub granted: Granted,
    pub logs: Vec<LogLine>,
}

thread_local! {
    static WORLD: RefCell<Option<World>> = const { RefCell::new(None) };
}

/// Runs `call` in `world`. Returns its result and its log lines.
pub(super) fn within<R>(world: World, call: impl FnOnce() -> R) -> (R, Vec<LogLine>) {
    WORLD.set(Some(world));
    let returned = call();
    let world = WORLD.take().expect("a call that returned left its world");
    (returned, world.logs)
}

fn with<R>(ask: impl FnOnce(&mut World) -> R) -> R {
    WORLD.with_borrow_mut(|world| {
        ask(world
            .as_mut()
            .expect("history, memory and log work only during a call: see regulars_sdk::testing"))
    })
}

pub(crate) fn recent(filter: &Filter) -> Vec<Interaction> {
    with(|world| matching(world, filter).cloned().collect())
}

pub(crate) fn count(filter: &Filter) -> u32 {
    with(|world| matching(world, filter).count() as u32)
}

pub(crate) fn memory(scope: Scope, key: &str) -> Option<String> {
    with(|world| world.memory.get(&(scope, key.to_owned())).cloned())
}

pub(crate) fn granted() -> Granted {
    with(|world| world.granted.clone())
}

pub(crate) fn log(severity: Severity, message: &str) {
    with(|world| {
        world.logs.push(LogLine {
            severity,
            message: message.to_owned(),
        })
    });
}

fn matching<'a>(world: &'a World, filter: &'a Filter) -> impl Iterator<Item = &'a Interaction> {
    world
        .history
        .iter()
        .filter(|it| filter.kinds.is_empty() || filter.kinds.contains(&it.kind))
        .filter(|it| filter.since.is_none_or(|since| it.occurred_at >= since))
        .take(filter.limit.map_or(usize::MAX, |limit| limit as usize))
}
