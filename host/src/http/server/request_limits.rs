//! The limits that all requests share, and the phases of a stop.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::ConnectInfo;
use axum::http::Extensions;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::limits::Limits;
use super::metrics::Metrics;
use super::rate::KeyedBuckets;
use crate::http::extract::problem::{Problem, ProblemKind};
use crate::model::{CustomerId, KeyId, Timestamp};

/// The phases of a stop, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Open,
    /// New requests are refused, event streams end, what is in flight goes on.
    Closing,
    /// Whoever waits for plugins is answered now.
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
    /// None in somebody else's server.
    phase: Option<watch::Receiver<Phase>>,
}

/// A semaphore for each key: a customer, an API key or an address.
struct KeyedSemaphore<K>(Mutex<HashMap<K, usize>>);

/// A permit of a [`KeyedSemaphore`], given back when it is dropped.
pub(crate) struct KeyedPermit<K: Hash + Eq> {
    held: Arc<KeyedSemaphore<K>>,
    whose: K,
}

/// A permit to hold one event stream open.
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

    /// Resolves once the server is so far; never in somebody else's.
    pub async fn reached(&self, least: Phase) {
        match self.phase.clone() {
            // A server that is gone has come to its end.
            Some(mut phase) => drop(phase.wait_for(|phase| *phase >= least).await),
            None => std::future::pending().await,
        }
    }

    /// Counts a request of a key.
    pub fn count(&self, key: KeyId, now: Timestamp) -> Result<(), Problem> {
        self.rates.take(key, now).map_err(|seconds| {
            let rate = self.config.rate.map_or(0, |rate| rate.per_second);
            let detail = format!(
                "this key sends more than {rate} requests a second: send them more slowly, many \
                 interactions in one as application/x-ndjson, or have `serve --rate` raised"
            );
            Problem::new(ProblemKind::TooManyRequests, detail).after(seconds)
        })
    }

    /// Counts a failed authentication, where it is known from where it came.
    pub fn count_failure(&self, from: &Extensions, now: Timestamp) -> Result<(), Problem> {
        let Some(ConnectInfo(peer)) = from.get::<ConnectInfo<SocketAddr>>() else {
            return Ok(());
        };
        self.failures
            .take(network(peer.ip()), now)
            .map_err(|seconds| {
                let detail = "too many requests came from this address without a key of this host: \
                          send the right one, or have `serve --failed-rate` raised";
                Problem::new(ProblemKind::TooManyRequests, detail).after(seconds)
            })
    }

    /// Counts a request to a customer's own page; where there were too many, gives the seconds to wait.
    pub fn count_page(&self, of: CustomerId, now: Timestamp) -> Result<(), u32> {
        self.pages.take(of, now)
    }

    /// Counts a download from a customer's own page until what this gives is dropped; none where as many as
    /// may are under way.
    pub fn download(&self, of: CustomerId) -> Option<KeyedPermit<CustomerId>> {
        self.downloads.take(of, self.config.max_downloads).ok()
    }

    /// Leave to wait for plugins; none where as many wait as may.
    pub fn wait(&self) -> Option<OwnedSemaphorePermit> {
        self.waits.clone().try_acquire_owned().ok()
    }

    /// Counts an event stream of a key until what this gives is dropped.
    pub fn stream(self: &Arc<RequestLimits>, key: KeyId) -> Result<StreamPermit, Problem> {
        let place = self.streams.take(key, self.config.max_streams).map_err(|open| {
            let detail = format!(
                "this key has {open} event streams open: close one, or have `serve --max-streams` raised"
            );
            Problem::new(ProblemKind::TooManyRequests, detail).after(5)
        })?;
        self.metrics.streams.inc();
        Ok(StreamPermit {
            limits: self.clone(),
            _place: place,
        })
    }

    /// Counts an action that a key called until what this gives is dropped.
    pub fn action(&self, key: KeyId) -> Result<KeyedPermit<KeyId>, Problem> {
        self.actions.take(key, self.config.max_actions).map_err(|under_way| {
            let detail = format!(
                "{under_way} actions that this key called are under way: wait for one, or have `serve \
                 --max-actions` raised"
            );
            Problem::new(ProblemKind::TooManyRequests, detail).after(1)
        })
    }
}

impl RequestLimits {
    /// Counts a connection from an address until what this gives is dropped; none where it has as many as
    /// it may.
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
    /// One more, or how many there are.
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

/// Whoever has one IPv6 address has the 2⁶⁴ beside it.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 => v4,
    }
}
