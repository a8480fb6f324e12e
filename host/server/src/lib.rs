//! The HTTP API of a [`Host`](regulars::Host), and the pages for people, as an axum router and a server.

mod console;

mod http;

#[doc(hidden)]
pub use console::qr;
pub use http::{Limits, Problem, ProblemKind, Rate, router, router_with, run, run_with};
