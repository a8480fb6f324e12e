//! The behaviour that every backend owes to [`Store`], as cases that its tests run.
//! A test of the backend calls [`run_all`].

mod audience;
mod contact;
mod customers;
mod deferred;
mod desk;
mod door;
mod erasure;
mod fixture;
mod history;
mod log;
mod plugins;
mod versions;
mod writing;

use super::Store;

pub(super) use fixture::*;

/// The name of a case, and its run on an empty store. It panics where the store does not conform.
pub type Case = (&'static str, fn(&dyn Store));

/// Runs every case on a store of its own.
///
/// `make` returns an empty store, and a value that is dropped after it, such as a directory.
///
/// # Panics
/// With the first case that fails; its name is the last one printed.
pub fn run_all<K>(make: impl Fn() -> (Box<dyn Store>, K)) {
    for (name, case) in cases() {
        println!("{name}");
        let (store, kept) = make();
        case(&*store);
        drop(store);
        drop(kept);
    }
}

/// Returns every case, for a test harness that runs them by name.
pub fn cases() -> Vec<Case> {
    [
        writing::CASES,
        customers::CASES,
        history::CASES,
        log::CASES,
        deferred::CASES,
        desk::CASES,
        contact::CASES,
        plugins::CASES,
        versions::CASES,
        door::CASES,
        audience::CASES,
        erasure::CASES,
    ]
    .concat()
}
