//! Plugins from a registry: a real one, on this machine, and what can go wrong between us and it.

mod astray;
mod attacks;
mod bounds;
mod connection;
mod fake;
mod help;
mod keys;
mod life;
mod pinning;
mod server;
mod shop;
mod signers;
