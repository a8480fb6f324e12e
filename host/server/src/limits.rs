//! The settings of the request limits.

use std::time::Duration;

/// Limits on each client and on the server. [`router`](crate::router) enforces the first group.
/// Only the standalone server, [`run_with`](super::run_with), enforces the second.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a JSON body, or of one line of an NDJSON body. NDJSON bodies have no total limit. Default 1
    /// MiB.
    pub max_body: usize,
    /// Time for a JSON body, or for each line of an NDJSON body, to arrive. Default 30 s.
    pub body_timeout: Duration,
    /// Header lines of a request. Default 64; the server's parser rejects more than 128.
    pub max_headers: usize,
    /// Bytes of a request's headers, names and values together. Default 16 KiB; the server's parser rejects
    /// more than 64 KiB.
    pub max_header_bytes: usize,
    /// Time until a response must start, in addition to its `wait`. Bulk requests and event streams are
    /// exempt. Default 60 s.
    pub request_timeout: Duration,
    /// Concurrent requests that wait for plugins (`?wait=`). Further ones are recorded and answered without
    /// waiting. Default 256.
    pub max_waits: usize,
    /// Open event streams per key. Default 16.
    pub max_streams: usize,
    /// Running actions per key, including those whose client has disconnected. Default 16.
    pub max_actions: usize,
    /// Request rate per key; `None` for no limit. Default 200 per second, burst 400.
    pub rate: Option<Rate>,
    /// Rate of failed authentications per address; `None` for no limit. Valid keys always pass, so that
    /// guessing cannot lock out others behind the same proxy. The server must pass the peer's address to the
    /// router, as the standalone server does. Default 1 per second, burst 60.
    pub failed_rate: Option<Rate>,
    /// Request rate per customer portal; `None` for no limit. Invalid links count as failed authentications.
    /// Default 2 per second, burst 60.
    pub page_rate: Option<Rate>,
    /// Concurrent full downloads per customer portal. Default 4.
    pub max_downloads: usize,

    /// Open connections. Further ones get 503 and are closed. Default 1024.
    pub max_connections: usize,
    /// Open connections per address (per /64 for IPv6). A proxy counts as one address. Default 512.
    pub max_connections_per_address: usize,
    /// Time from the first to the last byte of a request's head. Default 10 s.
    pub header_timeout: Duration,
    /// Idle time of a connection between requests. Default 75 s.
    pub idle_timeout: Duration,
    /// Time during which a client accepts no bytes of a response. Default 30 s.
    pub write_timeout: Duration,
    /// Time for requests and runs in flight to finish during a shutdown. Default 10 s.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            max_body: 1024 * 1024,
            body_timeout: Duration::from_secs(30),
            max_headers: 64,
            max_header_bytes: 16 * 1024,
            request_timeout: Duration::from_secs(60),
            max_waits: 256,
            max_streams: 16,
            max_actions: 16,
            rate: Some(Rate {
                per_second: 200,
                burst: 400,
            }),
            failed_rate: Some(Rate {
                per_second: 1,
                burst: 60,
            }),
            page_rate: Some(Rate {
                per_second: 2,
                burst: 60,
            }),
            max_downloads: 4,
            max_connections: 1024,
            max_connections_per_address: 512,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            write_timeout: Duration::from_secs(30),
            grace: Duration::from_secs(10),
        }
    }
}

/// A rate limit with a burst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Long-term rate; at least 1.
    pub per_second: u32,
    /// Burst after a pause; at least 1.
    pub burst: u32,
}
