//! Messages on their way: by a real mail server, by a real webhook, and through the outbox.

mod commands;
mod config;
mod crash;
mod engine;
mod envelope;
mod mail;
mod office;
mod postbox;
mod receiver;
mod slow;
mod webhook;
