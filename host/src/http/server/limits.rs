//! The settings of the request limits.

use std::time::Duration;

/// How much a client may send, take and ask for at once. [`Host::router`](crate::Host::router) holds
/// to the first group by itself; the second is the server's, [`run_with`](super::run_with).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a JSON body, and of one line of an NDJSON body, which itself has no end. Default 1 MiB.
    pub max_body: usize,
    /// How long a JSON body may take to come whole, and how long each line of an NDJSON body.
    /// Default 30 s.
    pub body_timeout: Duration,
    /// Header lines of a request. Default 64; beyond 128 the server's parser refuses by itself.
    pub max_headers: usize,
    /// Bytes of a request's headers, names and values together. Default 16 KiB; beyond 64 KiB the
    /// server's parser refuses by itself.
    pub max_header_bytes: usize,
    /// How long an answer may take to begin, beside what its `wait` asks for; bulk and event streams
    /// have no end. Default 60 s.
    pub request_timeout: Duration,
    /// Requests that may wait for plugins at once (`?wait=`); further ones are recorded and answered
    /// without waiting. Default 256.
    pub max_waits: usize,
    /// Event streams that one key may have open. Default 16.
    pub max_streams: usize,
    /// Actions that one key has called and that are under way, also those whose caller has gone. Default 16.
    pub max_actions: usize,
    /// Requests of one key; none for no limit. Default 200 a second, 400 at once.
    pub rate: Option<Rate>,
    /// Failed authentications of one address; none for no limit. A key that is known always passes,
    /// so that nobody behind the same proxy is locked out by another's guessing. It takes a server
    /// that tells the router the peer's address, as this one does. Default 1 a second, 60 at once.
    pub failed_rate: Option<Rate>,
    /// Requests to one customer's own page; none for no limit. Links that open nothing count as failed
    /// authentications. Default 2 a second, 60 at once.
    pub page_rate: Option<Rate>,
    /// Downloads of everything, from one customer's own page, that may be under way. Default 4.
    pub max_downloads: usize,

    /// Connections that are open; further ones are told 503 and closed. Default 1024.
    pub max_connections: usize,
    /// Of these, those that come from one address (of IPv6, from one /64). A proxy is one address.
    /// Default 512.
    pub max_connections_per_address: usize,
    /// How long the head of a request may take from its first byte to its last. Default 10 s.
    pub header_timeout: Duration,
    /// How long a connection may rest between requests. Default 75 s.
    pub idle_timeout: Duration,
    /// How long a client may take nothing of what is sent to it. Default 30 s.
    pub write_timeout: Duration,
    /// How long requests and runs in flight may take to finish once the server is told to stop.
    /// Default 10 s.
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

/// How often something may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// In the long run; at least 1.
    pub per_second: u32,
    /// At once, after a rest; at least 1.
    pub burst: u32,
}
