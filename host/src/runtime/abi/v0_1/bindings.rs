//! What `bindgen!` makes of the contract, and nothing else.
#![allow(dead_code, missing_docs, clippy::all)]

wasmtime::component::bindgen!({
    path: "../wit/v0.1",
    world: "plugin",
    // The host's side of a call is borrowed from the slice; what comes back is owned.
    ownership: Borrowing { duplicate_if_necessary: true },
});
