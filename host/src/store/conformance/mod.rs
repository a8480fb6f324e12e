//! What every backend must do. A backend's own tests call [`cases`] with a way to make an empty
//! store, and every case gets one of its own.

mod audience;
mod customers;
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

type Case = (&'static str, fn(&dyn Store));

/// Runs every case.
pub(super) fn all(with_store: impl Fn(&dyn Fn(&dyn Store))) {
    for (name, case) in cases() {
        println!("{name}");
        with_store(&case);
    }
}

fn cases() -> Vec<Case> {
    [
        writing::CASES,
        customers::CASES,
        history::CASES,
        log::CASES,
        desk::CASES,
        plugins::CASES,
        versions::CASES,
        door::CASES,
        audience::CASES,
        erasure::CASES,
    ]
    .concat()
}
