//! Limits that all requests share: rates, concurrency, and the phases of a shutdown.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::ConnectInfo;
use axum::http::Extensions;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::limits::Limits;
use super::metrics::Metrics;
use super::problem::{Problem, ProblemKind};
use super::rate::Buckets;
use crate::model::{CustomerId, KeyId, Timestamp};

/// Progress of a shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Open,
    /// New requests are refused and event streams end. Requests in flight continue.
    Closing,
    /// Requests that wait for plugins are answered now.
    Answering,
    /// Connections end.
    Over,
}

pub(super) struct Door {
    pub limits: Limits,
    pub metrics: Metrics,
    rates: Buckets<KeyId>,
    failures: Buckets<IpAddr>,
    pages: Buckets<CustomerId>,
    downloads: Arc<Held<CustomerId>>,
    waits: Arc<Semaphore>,
    streams: Arc<Held<KeyId>>,
    actions: Arc<Held<KeyId>>,
    connections: Arc<Held<IpAddr>>,
    /// `None` in an application's own server.
    phase: Option<watch::Receiver<Phase>>,
}

/// Counts of concurrent uses, by key, address or customer.
struct Held<K>(Mutex<HashMap<K, usize>>);

/// A guard for one concurrent use.
pub(super) struct Place<K: Hash + Eq> {
    held: Arc<Held<K>>,
    whose: K,
}

/// A guard for one open event stream of a key.
pub(super) struct Stream {
    door: Arc<Door>,
    _place: Place<KeyId>,
}

impl Door {
    pub fn new(limits: Limits, phase: Option<watch::Receiver<Phase>>) -> Arc<Door> {
        Arc::new(Door {
            metrics: Metrics::new(),
            rates: Buckets::new(limits.rate),
            failures: Buckets::new(limits.failed_rate),
            pages: Buckets::new(limits.page_rate),
            downloads: Arc::default(),
            waits: Arc::new(Semaphore::new(limits.max_waits)),
            streams: Arc::default(),
            actions: Arc::default(),
            connections: Arc::default(),
            phase,
            limits,
        })
    }

    pub fn closing(&self) -> bool {
        self.phase
            .as_ref()
            .is_some_and(|phase| *phase.borrow() >= Phase::Closing)
    }

    /// Resolves once the server has reached the phase. Never resolves in an application's own server.
    pub async fn reached(&self, least: Phase) {
        match self.phase.clone() {
            // A closed channel means that the server has ended.
            Some(mut phase) => drop(phase.wait_for(|phase| *phase >= least).await),
            None => std::future::pending().await,
        }
    }

    /// Counts a request of a key.
    ///
    /// # Errors
    ///
    /// A problem if the key exceeds its rate.
    pub fn count(&self, key: KeyId, now: Timestamp) -> Result<(), Problem> {
        self.rates.take(key, now).map_err(|seconds| {
            let rate = self.limits.rate.map_or(0, |rate| rate.per_second);
            let detail = format!(
                "rate limit exceeded: this key may send {rate} requests per second; slow down, send many \
                 interactions in one request as application/x-ndjson, or raise `serve --rate`"
            );
            Problem::new(ProblemKind::TooManyRequests, detail).after(seconds)
        })
    }

    /// Counts a failed authentication, if the client's address is known.
    ///
    /// # Errors
    ///
    /// A problem if the address exceeds its rate.
    pub fn count_failure(&self, from: &Extensions, now: Timestamp) -> Result<(), Problem> {
        let Some(ConnectInfo(peer)) = from.get::<ConnectInfo<SocketAddr>>() else {
            return Ok(());
        };
        self.failures
            .take(network(peer.ip()), now)
            .map_err(|seconds| {
                let detail = "too many failed authentications from this address: \
                          send a valid key, or raise `serve --failed-rate`";
                Problem::new(ProblemKind::TooManyRequests, detail).after(seconds)
            })
    }

    /// Counts a request to a customer's portal.
    ///
    /// # Errors
    ///
    /// The seconds to wait if the rate is exceeded.
    pub fn count_page(&self, of: CustomerId, now: Timestamp) -> Result<(), u32> {
        self.pages.take(of, now)
    }

    /// Counts a download from a customer's portal until the guard is dropped. Returns `None` if the limit is
    /// reached.
    pub fn download(&self, of: CustomerId) -> Option<Place<CustomerId>> {
        self.downloads.take(of, self.limits.max_downloads).ok()
    }

    /// Returns a permit to wait for plugins, or `None` if the limit is reached.
    pub fn wait(&self) -> Option<OwnedSemaphorePermit> {
        self.waits.clone().try_acquire_owned().ok()
    }

    /// Counts an event stream of a key until the guard is dropped.
    ///
    /// # Errors
    ///
    /// A problem if the key has reached its limit.
    pub fn stream(self: &Arc<Door>, key: KeyId) -> Result<Stream, Problem> {
        let place = self.streams.take(key, self.limits.max_streams).map_err(|open| {
            let detail = format!(
                "too many event streams: this key has {open} open; close one, or raise `serve --max-streams`"
            );
            Problem::new(ProblemKind::TooManyRequests, detail).after(5)
        })?;
        self.metrics.streams.inc();
        Ok(Stream {
            door: self.clone(),
            _place: place,
        })
    }

    /// Counts an action of a key until the guard is dropped.
    ///
    /// # Errors
    ///
    /// A problem if the key has reached its limit.
    pub fn action(&self, key: KeyId) -> Result<Place<KeyId>, Problem> {
        self.actions.take(key, self.limits.max_actions).map_err(|under_way| {
            let detail = format!(
                "too many concurrent actions: {under_way} actions of this key are running; wait for one, or raise `serve \
                 --max-actions`"
            );
            Problem::new(ProblemKind::TooManyRequests, detail).after(1)
        })
    }
}

impl Door {
    /// Counts a connection from an address until the guard is dropped. Returns `None` if the limit is
    /// reached.
    pub fn connection(&self, from: IpAddr) -> Option<Place<IpAddr>> {
        let most = self.limits.max_connections_per_address;
        self.connections.take(network(from), most).ok()
    }
}

impl<K> Default for Held<K> {
    fn default() -> Held<K> {
        Held(Mutex::default())
    }
}

impl<K: Hash + Eq + Copy> Held<K> {
    /// Takes one more.
    ///
    /// # Errors
    ///
    /// The current count if it has reached `most`.
    fn take(self: &Arc<Held<K>>, whose: K, most: usize) -> Result<Place<K>, usize> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has = held.entry(whose).or_default();
        if *has >= most {
            return Err(*has);
        }
        *has += 1;
        Ok(Place {
            held: self.clone(),
            whose,
        })
    }
}

impl<K: Hash + Eq> Drop for Place<K> {
    fn drop(&mut self) {
        let mut held = self.held.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(has) = held.get_mut(&self.whose) {
            *has -= 1;
            if *has == 0 {
                held.remove(&self.whose);
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.door.metrics.streams.dec();
    }
}

/// Returns the address, or the /64 network of an IPv6 address: one client usually has all of it.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 => v4,
    }
}
