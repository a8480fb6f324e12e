//! What all requests have in common: how many there may be, and whether there may be any at all.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::ConnectInfo;
use axum::http::Extensions;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::limits::Limits;
use super::metrics::Metrics;
use super::rate::Buckets;
use crate::http::extract::problem::{Problem, ProblemKind};
use crate::model::{CustomerId, KeyId, Timestamp};

/// How far the server is with stopping.
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

pub(crate) struct Door {
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
    /// None in somebody else's server.
    phase: Option<watch::Receiver<Phase>>,
}

/// How many of something each key or address has.
struct Held<K>(Mutex<HashMap<K, usize>>);

/// One of those that it may have.
pub(crate) struct Place<K: Hash + Eq> {
    held: Arc<Held<K>>,
    whose: K,
}

/// One of the streams that a key may have open.
pub(crate) struct Stream {
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
            let rate = self.limits.rate.map_or(0, |rate| rate.per_second);
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
    pub fn download(&self, of: CustomerId) -> Option<Place<CustomerId>> {
        self.downloads.take(of, self.limits.max_downloads).ok()
    }

    /// Leave to wait for plugins; none where as many wait as may.
    pub fn wait(&self) -> Option<OwnedSemaphorePermit> {
        self.waits.clone().try_acquire_owned().ok()
    }

    /// Counts an event stream of a key until what this gives is dropped.
    pub fn stream(self: &Arc<Door>, key: KeyId) -> Result<Stream, Problem> {
        let place = self.streams.take(key, self.limits.max_streams).map_err(|open| {
            let detail = format!(
                "this key has {open} event streams open: close one, or have `serve --max-streams` raised"
            );
            Problem::new(ProblemKind::TooManyRequests, detail).after(5)
        })?;
        self.metrics.streams.inc();
        Ok(Stream {
            door: self.clone(),
            _place: place,
        })
    }

    /// Counts an action that a key called until what this gives is dropped.
    pub fn action(&self, key: KeyId) -> Result<Place<KeyId>, Problem> {
        self.actions.take(key, self.limits.max_actions).map_err(|under_way| {
            let detail = format!(
                "{under_way} actions that this key called are under way: wait for one, or have `serve \
                 --max-actions` raised"
            );
            Problem::new(ProblemKind::TooManyRequests, detail).after(1)
        })
    }
}

impl Door {
    /// Counts a connection from an address until what this gives is dropped; none where it has as many as
    /// it may.
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
    /// One more, or how many there are.
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
