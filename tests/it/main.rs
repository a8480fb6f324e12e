//! Drives the real host, with real components, through the doors that its users have.

mod child;
#[path = "../fuzz/src/lib.rs"]
mod fuzz;
mod program;
mod served;
mod shop;
mod world;

mod audit;
mod backup;
mod beside;
mod cli;
mod contact;
mod corpus;
mod crash;
mod customers;
mod dead_letter;
mod delivery;
mod doctor;
mod erasure;
mod fairness;
mod fanout;
mod faults;
mod gym;
mod hostile;
mod http;
mod import;
mod keys;
mod life;
mod limits;
mod logs;
mod metrics;
mod outreach;
mod own_page;
mod pipeline;
mod policy;
mod properties;
mod readme;
mod replay;
mod sandbox;
mod schedules;
mod schemathesis;
mod stop;
mod story;
mod structure;
mod supermarket;
