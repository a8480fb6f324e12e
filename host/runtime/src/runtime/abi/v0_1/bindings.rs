//! The output of `bindgen!` for the contract, and nothing else.
#![allow(dead_code, missing_docs, clippy::all)]

wasmtime::component::bindgen!({
    path: "../../wit/v0.1",
    world: "plugin",
    // Parameters are borrowed from the view, results are owned.
    ownership: Borrowing { duplicate_if_necessary: true },
});
