//! The limits that all requests share, and the phases of a stop.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::ConnectInfo;
use axum::http::Extensions;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::metrics::Metrics;
use super::rate::KeyedBuckets;
use crate::extract::problem::{Problem, ProblemKind};
use crate::limits::Limits;
use regulars::model::{CustomerId, KeyId, Timestamp};

/// The phases of a stop, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Open,
    /// New requests are refused and event streams end. Requests in flight continue.
    Closing,
    /// Requests that wait for plugins are answered now.
    Answering,
    /// Connections end.
    Over,
}

pub(crate) struct RequestLimits {
    pub config: Limits,
    pub metrics: Metrics,
    rates: KeyedBuckets<KeyId>,
    failures: KeyedBuckets<IpAddr>,
    pages: KeyedBuckets<CustomerId>,
    downloads: Arc<KeyedSemaphore<CustomerId>>,
    waits: Arc<Semaphore>,
    streams: Arc<KeyedSemaphore<KeyId>>,
    actions: Arc<KeyedSemaphore<KeyId>>,
    connections: Arc<KeyedSemaphore<IpAddr>>,
    /// `None` in an application's own server.
    phase: Option<watch::Receiver<Phase>>,
}

/// Counts of concurrent uses, by key, address or customer.
struct KeyedSemaphore<K>(Mutex<HashMap<K, usize>>);

/// A guard for one concurrent use.
pub(crate) struct KeyedPermit<K: Hash + Eq> {
    held: Arc<KeyedSemaphore<K>>,
    whose: K,
}

/// A guard for one open event stream of a key.
pub(crate) struct StreamPermit {
    limits: Arc<RequestLimits>,
    _place: KeyedPermit<KeyId>,
}

impl RequestLimits {
    pub fn new(limits: Limits, phase: Option<watch::Receiver<Phase>>) -> Arc<RequestLimits> {
        Arc::new(RequestLimits {
            metrics: Metrics::new(),
            rates: KeyedBuckets::new(limits.rate),
            failures: KeyedBuckets::new(limits.failed_rate),
            pages: KeyedBuckets::new(limits.page_rate),
            downloads: Arc::default(),
            waits: Arc::new(Semaphore::new(limits.max_waits)),
            streams: Arc::default(),
            actions: Arc::default(),
            connections: Arc::default(),
            phase,
            config: limits,
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
            let rate = self.config.rate.map_or(0, |rate| rate.per_second);
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
    pub fn download(&self, of: CustomerId) -> Option<KeyedPermit<CustomerId>> {
        self.downloads.take(of, self.config.max_downloads).ok()
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
    pub fn stream(self: &Arc<RequestLimits>, key: KeyId) -> Result<StreamPermit, Problem> {
        let place = self.streams.take(key, self.config.max_streams).map_err(|open| {
            let detail = format!(
                "too many event streams: this key has {open} open; close one, or raise `serve --max-streams`"
            );
            Problem::new(ProblemKind::TooManyRequests, detail).after(5)
        })?;
        self.metrics.streams.inc();
        Ok(StreamPermit {
            limits: self.clone(),
            _place: place,
        })
    }

    /// Counts an action of a key until the guard is dropped.
    ///
    /// # Errors
    ///
    /// A problem if the key has reached its limit.
    pub fn action(&self, key: KeyId) -> Result<KeyedPermit<KeyId>, Problem> {
        self.actions.take(key, self.config.max_actions).map_err(|under_way| {
            let detail = format!(
                "too many concurrent actions: {under_way} actions of this key are running; wait for one, or raise `serve \
                 --max-actions`"
            );
            Problem::new(ProblemKind::TooManyRequests, detail).after(1)
        })
    }
}

impl RequestLimits {
    /// Counts a connection from an address until the guard is dropped. Returns `None` if the limit is
    /// reached.
    pub fn connection(&self, from: IpAddr) -> Option<KeyedPermit<IpAddr>> {
        let most = self.config.max_connections_per_address;
        self.connections.take(network(from), most).ok()
    }
}

impl<K> Default for KeyedSemaphore<K> {
    fn default() -> KeyedSemaphore<K> {
        KeyedSemaphore(Mutex::default())
    }
}

impl<K: Hash + Eq + Copy> KeyedSemaphore<K> {
    /// Takes one more.
    ///
    /// # Errors
    ///
    /// The current count if it has reached `most`.
    fn take(self: &Arc<KeyedSemaphore<K>>, whose: K, most: usize) -> Result<KeyedPermit<K>, usize> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has = held.entry(whose).or_default();
        if *has >= most {
            return Err(*has);
        }
        *has += 1;
        Ok(KeyedPermit {
            held: self.clone(),
            whose,
        })
    }
}

impl<K: Hash + Eq> Drop for KeyedPermit<K> {
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

impl Drop for StreamPermit {
    fn drop(&mut self) {
        self.limits.metrics.streams.dec();
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
