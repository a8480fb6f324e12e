//! The contact policy, at the door that dispatch and the outbox use: who is written to, when, and why not.

mod file;
mod oracle;
mod properties;
mod rules;
mod scene;
mod zones;
