//! The standalone server: connections, their limits, and a graceful shutdown.

pub(super) mod connection;
pub(super) mod drain;

pub(super) mod metrics;
pub(super) mod observe;
pub(super) mod rate;
pub(super) mod request_limits;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use self::connection::{ConnectionMonitor, RequestGuard, TrackedBody, TrackedSocket};
use self::request_limits::{Phase, RequestLimits};
use crate::build;
use crate::extract::problem::{Problem, ProblemKind};
use crate::limits::Limits;
use regulars::host::Host;

/// Header lines and bytes that the HTTP parser accepts. The router's limits are lower.
const PARSER_MAX_HEADERS: usize = 128;
const PARSER_MAX_BYTES: usize = 72 * 1024;
/// Number of excess connections that get a 503 at once. Further ones are closed without a response.
const MAX_REJECTIONS: usize = 64;
const TOO_MANY: &str = "too many open connections: retry soon, or raise `serve --max-connections`";
const TOO_MANY_FROM_ADDRESS: &str = "too many open connections from this address: close one, \
    retry soon, or raise `serve --max-connections-per-address`";
/// Time for connections to end after all requests have.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Serves the API with the default [`Limits`] until `shutdown` resolves. See [`run_with`].
///
/// # Errors
///
/// Returns an error if the listener fails.
pub async fn run(
    listener: TcpListener,
    host: Host,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    run_with(listener, host, Limits::default(), shutdown).await
}

/// Serves the API until `shutdown` resolves, then shuts down gracefully.
///
/// During the shutdown new requests are refused with 503, event streams end, and requests in flight finish.
/// Requests that wait for plugins are answered after half of [`Limits::grace`] at the latest. Then the host
/// stops: runs in flight finish and are committed. Waiting events are handled after the next start.
///
/// # Errors
///
/// Returns an error if the listener fails.
pub async fn run_with(
    listener: TcpListener,
    host: Host,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (phase, phases) = watch::channel(Phase::Open);
    let limits = RequestLimits::new(limits, Some(phases));
    let server = Server {
        router: build(&host, limits.clone()),
        limits: limits.clone(),
        in_flight: watch::Sender::new(0),
    };
    let mut connections = JoinSet::new();
    let places = Arc::new(Semaphore::new(limits.config.max_connections));
    let rejections = Arc::new(Semaphore::new(MAX_REJECTIONS));
    let mut shutdown = pin!(shutdown);
    let mut deadline: Option<Instant> = None;
    loop {
        let half = deadline.map(|deadline| deadline - limits.config.grace / 2);
        let answering = *phase.borrow() >= Phase::Answering;
        tokio::select! {
            // Polled in order, so that a flood of connections cannot delay a shutdown.
            biased;
            () = &mut shutdown, if deadline.is_none() => {
                tracing::info!("stopping: requests in flight may finish");
                phase.send_replace(Phase::Closing);
                deadline = Some(Instant::now() + limits.config.grace);
            }
            () = sleep_until_some(half), if !answering => drop(phase.send_replace(Phase::Answering)),
            () = sleep_until_some(deadline) => {
                tracing::warn!("some requests did not finish in time and are cancelled");
                break;
            }
            () = server.wait_idle(), if deadline.is_some() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((socket, peer)) => {
                    let place = places.clone().try_acquire_owned();
                    match (place, limits.connection(peer.ip())) {
                        (Ok(place), Some(own)) => {
                            let server = server.clone();
                            connections.spawn(async move {
                                server.connection(socket, peer).await;
                                drop((place, own));
                            });
                        }
                        (place, _) => {
                            limits.metrics.dropped("connections");
                            let why = match place {
                                Ok(_) => TOO_MANY_FROM_ADDRESS,
                                Err(_) => TOO_MANY,
                            };
                            if let Ok(place) = rejections.clone().try_acquire_owned() {
                                connections.spawn(async move {
                                    drop(timeout(CLOSE_TIMEOUT, reject(socket, why)).await);
                                    drop(place);
                                });
                            }
                        }
                    }
                }
                Err(error) => pause_after(&error).await,
            },
        }
    }
    drop(listener);
    stop(host, deadline).await;
    phase.send_replace(Phase::Over);
    let ended = async { while connections.join_next().await.is_some() {} };
    drop(timeout(CLOSE_TIMEOUT, ended).await);
    Ok(())
}

/// Resolves at the instant, or never for `None`.
async fn sleep_until_some(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// Stops the host and waits for the runs in flight.
async fn stop(host: Host, deadline: Option<Instant>) {
    let stopped = tokio::task::spawn_blocking(move || host.stop());
    // Runs have a time limit of their own, which a shorter grace period does not cut.
    let until = deadline.unwrap_or_else(Instant::now) + CLOSE_TIMEOUT;
    if tokio::time::timeout_at(until, stopped).await.is_err() {
        tracing::warn!("some runs did not finish in time: they run again at the next start");
    }
}

/// Pauses after an `accept` error that concerns the process, such as too many open files. Errors of a single
/// connection need no pause.
async fn pause_after(error: &std::io::Error) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    ) {
        tracing::warn!(%error, "cannot accept connections; retrying in one second");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

#[derive(Clone)]
struct Server {
    router: Router,
    limits: Arc<RequestLimits>,
    /// Requests whose response is not complete.
    in_flight: watch::Sender<usize>,
}

impl Server {
    /// Resolves when no request is in flight.
    async fn wait_idle(&self) {
        let mut in_flight = self.in_flight.subscribe();
        // The sender lives in `self`.
        drop(in_flight.wait_for(|count| *count == 0).await);
    }

    async fn connection(&self, socket: TcpStream, peer: SocketAddr) {
        self.limits.metrics.connections.inc();
        // Responses are small: Nagle's algorithm would only delay them.
        drop(socket.set_nodelay(true));
        let monitor = ConnectionMonitor::new();
        let io = TokioIo::new(TrackedSocket {
            socket,
            monitor: monitor.clone(),
        });
        let service = service_fn(|request| self.answer(request, peer, &monitor));
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            // [`ConnectionMonitor`] has its own timeouts, which tell an idle client from a slow one.
            .header_read_timeout(None)
            .max_headers(PARSER_MAX_HEADERS)
            .max_header_size(PARSER_MAX_BYTES)
            .max_buf_size(PARSER_MAX_BYTES);
        let mut connection = builder.serve_connection(io, service);
        let mut over = pin!(self.limits.reached(Phase::Over));
        let mut ending = false;
        let mut unparsed = false;
        loop {
            tokio::select! {
                // Broken connections and malformed requests are not worth a log line.
                served = &mut connection => {
                    unparsed = served.is_err_and(|error| error.is_parse());
                    break;
                }
                why = monitor.overdue(&self.limits.config) => {
                    self.limits.metrics.dropped(why);
                    break;
                }
                () = &mut over, if !ending => {
                    ending = true;
                    std::pin::Pin::new(&mut connection).graceful_shutdown();
                }
            }
        }
        if unparsed {
            // hyper has answered with a bare status.
            let mut socket = connection.into_parts().io.into_inner().socket;
            drop(timeout(CLOSE_TIMEOUT, discard(&mut socket)).await);
        }
        self.limits.metrics.connections.dec();
    }

    fn answer(
        &self,
        mut request: hyper::Request<Incoming>,
        peer: SocketAddr,
        monitor: &Arc<ConnectionMonitor>,
    ) -> impl Future<Output = Result<Response<TrackedBody>, Infallible>> + use<> {
        let guard = RequestGuard::new(monitor.clone(), self.in_flight.clone());
        request.extensions_mut().insert(ConnectInfo(peer));
        let service = TowerToHyperService::new(self.router.clone());
        async move {
            let response = service.call(request.map(Body::new)).await?;
            Ok(response.map(|body| TrackedBody {
                body,
                _guard: guard,
            }))
        }
    }
}

/// Rejects an excess connection with 503, without reading its request.
async fn reject(mut socket: TcpStream, why: &str) -> std::io::Result<()> {
    let problem = Problem::new(ProblemKind::Busy, why);
    let body = serde_json::to_string(&problem).unwrap_or_default();
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n\
         content-length: {}\r\nretry-after: 1\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(answer.as_bytes()).await?;
    socket.shutdown().await?;
    discard(&mut socket).await
}

/// Reads the rest of a request. Closing a socket with unread bytes resets the connection, and the client may lose
/// the response.
async fn discard(socket: &mut TcpStream) -> std::io::Result<()> {
    let mut rest = [0; 4096];
    while socket.read(&mut rest).await? > 0 {}
    Ok(())
}
