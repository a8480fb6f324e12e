//! Drives the real host, with real components, through the doors that its users have.

mod served;
mod world;

mod fanout;
mod gym;
mod http;
mod pipeline;
mod sandbox;
mod structure;
mod supermarket;
