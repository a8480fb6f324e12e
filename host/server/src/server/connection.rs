//! The state of one connection and its timeouts.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::limits::Limits;

/// State of a connection, shared by its socket and its request handler.
pub(crate) struct ConnectionMonitor {
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    activity: Activity,
    /// Start of the current write stall: the client has accepted no bytes since.
    stalled: Option<Instant>,
}

#[derive(Clone, Copy)]
enum Activity {
    /// No bytes have arrived since the last response.
    Idle(Instant),
    /// The first bytes of a request have arrived.
    ReadingHead(Instant),
    /// A request is in progress.
    Responding,
}

impl ConnectionMonitor {
    pub fn new() -> Arc<ConnectionMonitor> {
        Arc::new(ConnectionMonitor {
            state: Mutex::new(State {
                activity: Activity::Idle(Instant::now()),
                stalled: None,
            }),
            changed: Notify::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_activity(&self, activity: Activity) {
        self.lock().activity = activity;
        self.changed.notify_one();
    }

    fn received(&self) {
        let mut state = self.lock();
        if matches!(state.activity, Activity::Idle(_)) {
            state.activity = Activity::ReadingHead(Instant::now());
            drop(state);
            self.changed.notify_one();
        }
    }

    fn sending(&self, stalls: bool) {
        let mut state = self.lock();
        if stalls != state.stalled.is_some() {
            state.stalled = stalls.then(Instant::now);
            drop(state);
            self.changed.notify_one();
        }
    }

    /// Resolves when the client exceeds a timeout, with the timeout's name.
    pub async fn overdue(&self, limits: &Limits) -> &'static str {
        loop {
            let changed = self.changed.notified();
            let (why, due) = self.due(limits);
            match due {
                None => changed.await,
                Some(due) if due <= Instant::now() => return why,
                Some(due) => {
                    // The deadline may have moved while waiting: compute it again.
                    drop(tokio::time::timeout_at(due, changed).await);
                }
            }
        }
    }

    fn due(&self, limits: &Limits) -> (&'static str, Option<Instant>) {
        let state = self.lock();
        let after = |since: Instant, limit: Duration| since.checked_add(limit);
        if let Some(since) = state.stalled {
            return ("slow-reader", after(since, limits.write_timeout));
        }
        match state.activity {
            Activity::Idle(since) => ("idle", after(since, limits.idle_timeout)),
            Activity::ReadingHead(since) => ("slow-head", after(since, limits.header_timeout)),
            Activity::Responding => ("", None),
        }
    }
}

/// A guard for a request in progress. It is dropped after the last byte of the response.
pub(crate) struct RequestGuard {
    monitor: Arc<ConnectionMonitor>,
    in_flight: watch::Sender<usize>,
}

impl RequestGuard {
    pub fn new(monitor: Arc<ConnectionMonitor>, in_flight: watch::Sender<usize>) -> RequestGuard {
        in_flight.send_modify(|count| *count += 1);
        monitor.set_activity(Activity::Responding);
        RequestGuard { monitor, in_flight }
    }
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.monitor.set_activity(Activity::Idle(Instant::now()));
        self.in_flight.send_modify(|count| *count -= 1);
    }
}

/// A response body that ends its request when it is dropped.
pub(crate) struct TrackedBody {
    pub body: Body,
    pub _guard: RequestGuard,
}

impl HttpBody for TrackedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A socket that reports its reads and writes to a [`ConnectionMonitor`].
pub(crate) struct TrackedSocket {
    pub socket: TcpStream,
    pub monitor: Arc<ConnectionMonitor>,
}

impl AsyncRead for TrackedSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.socket).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.monitor.received();
        }
        polled
    }
}

impl AsyncWrite for TrackedSocket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.monitor.sending(polled.is_pending());
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.socket).poll_write_vectored(context, bytes);
        self.monitor.sending(polled.is_pending());
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
