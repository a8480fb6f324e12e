//! Plugins from a registry: a real one, on this machine, and what can go wrong between us and it.

mod attacks;
mod bounds;
mod connection;
mod keys;
mod life;
mod pinning;
mod server;
mod shop;
mod signers;
