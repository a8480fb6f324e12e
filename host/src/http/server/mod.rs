//! A server of its own: connections, their limits, and a stop that loses nothing.

pub(super) mod connection;
pub(super) mod drain;
pub(super) mod limits;
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

use self::connection::{Answer, Busy, Pace, Paced};
use self::limits::Limits;
use self::request_limits::{Phase, RequestLimits};
use crate::host::Host;
use crate::http::build;
use crate::http::extract::problem::{Problem, ProblemKind};

/// Header lines and bytes of a request's head that the parser takes; the router takes less.
const PARSED_HEADERS: usize = 128;
const PARSED_BYTES: usize = 72 * 1024;
/// Connections too many that are told so at once; further ones are closed without a word.
const TURNED_AWAY: usize = 64;
const TOO_MANY: &str = "as many connections are open as may be: try again soon, or have `serve --max-connections` raised";
const TOO_MANY_FROM_THERE: &str = "as many connections from this address are open as may be: close one, \
    try again soon, or have `serve --max-connections-per-address` raised";
/// How long connections have to end when everything else has.
const FAREWELL: Duration = Duration::from_secs(1);

/// Serves the API with the default [`Limits`] until `shutdown` resolves: [`run_with`].
///
/// # Errors
/// As the listener's.
pub async fn run(
    listener: TcpListener,
    host: Host,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    run_with(listener, host, Limits::default(), shutdown).await
}

/// Serves the API until `shutdown` resolves. From then on new requests are refused with 503, event
/// streams end, and the requests in flight finish; those that wait for plugins are answered after half
/// of [`Limits::grace`] at the latest. Then the host stops: the runs in flight finish and are
/// committed, and what waits is there when it starts again.
///
/// # Errors
/// As the listener's.
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
    let turned_away = Arc::new(Semaphore::new(TURNED_AWAY));
    let mut shutdown = pin!(shutdown);
    let mut deadline: Option<Instant> = None;
    loop {
        let half = deadline.map(|deadline| deadline - limits.config.grace / 2);
        let answering = *phase.borrow() >= Phase::Answering;
        tokio::select! {
            // However many come, a stop is not overlooked.
            biased;
            () = &mut shutdown, if deadline.is_none() => {
                tracing::info!("stopping: what is in flight may finish");
                phase.send_replace(Phase::Closing);
                deadline = Some(Instant::now() + limits.config.grace);
            }
            () = at(half), if !answering => drop(phase.send_replace(Phase::Answering)),
            () = at(deadline) => {
                tracing::warn!("some requests did not finish in time and are cut off");
                break;
            }
            () = server.quiet(), if deadline.is_some() => break,
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
                                Ok(_) => TOO_MANY_FROM_THERE,
                                Err(_) => TOO_MANY,
                            };
                            if let Ok(place) = turned_away.clone().try_acquire_owned() {
                                connections.spawn(async move {
                                    drop(timeout(FAREWELL, turn_away(socket, why)).await);
                                    drop(place);
                                });
                            }
                        }
                    }
                }
                Err(error) => pause(&error).await,
            },
        }
    }
    drop(listener);
    stop(host, deadline).await;
    phase.send_replace(Phase::Over);
    let ended = async { while connections.join_next().await.is_some() {} };
    drop(timeout(FAREWELL, ended).await);
    Ok(())
}

/// At an instant; never without one.
async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// Lets the runs in flight finish.
async fn stop(host: Host, deadline: Option<Instant>) {
    let stopped = tokio::task::spawn_blocking(move || host.stop());
    // They have a limit of their own, which a short grace does not cut.
    let until = deadline.unwrap_or_else(Instant::now) + FAREWELL;
    if tokio::time::timeout_at(until, stopped).await.is_err() {
        tracing::warn!("some runs did not finish in time: they are run again at the next start");
    }
}

/// What `accept` says of one connection is nobody else's business; what it says of this process, such
/// as that it has too many files open, passes.
async fn pause(error: &std::io::Error) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    ) {
        tracing::warn!(%error, "no connection can be taken; trying again in a second");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

#[derive(Clone)]
struct Server {
    router: Router,
    limits: Arc<RequestLimits>,
    /// Requests that were not answered to the last byte.
    in_flight: watch::Sender<usize>,
}

impl Server {
    /// Resolves when nothing is in flight.
    async fn quiet(&self) {
        let mut in_flight = self.in_flight.subscribe();
        // The sender lives here.
        drop(in_flight.wait_for(|count| *count == 0).await);
    }

    async fn connection(&self, socket: TcpStream, peer: SocketAddr) {
        self.limits.metrics.connections.inc();
        // Answers are small: waiting for more to send with them only makes the desk wait.
        drop(socket.set_nodelay(true));
        let pace = Pace::new();
        let io = TokioIo::new(Paced {
            socket,
            pace: pace.clone(),
        });
        let service = service_fn(|request| self.answer(request, peer, &pace));
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            // Ours tells a client that rests from one that is slow.
            .header_read_timeout(None)
            .max_headers(PARSED_HEADERS)
            .max_header_size(PARSED_BYTES)
            .max_buf_size(PARSED_BYTES);
        let mut connection = builder.serve_connection(io, service);
        let mut over = pin!(self.limits.reached(Phase::Over));
        let mut ending = false;
        let mut unparsed = false;
        loop {
            tokio::select! {
                served = &mut connection => {
                    unparsed = served.is_err_and(|error| error.is_parse());
                    break;
                }
                why = pace.overdue(&self.limits.config) => {
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
            // hyper has answered it with a status alone.
            let mut socket = connection.into_parts().io.into_inner().socket;
            drop(timeout(FAREWELL, discard(&mut socket)).await);
        }
        self.limits.metrics.connections.dec();
    }

    fn answer(
        &self,
        mut request: hyper::Request<Incoming>,
        peer: SocketAddr,
        pace: &Arc<Pace>,
    ) -> impl Future<Output = Result<Response<Answer>, Infallible>> + use<> {
        let busy = Busy::new(pace.clone(), self.in_flight.clone());
        request.extensions_mut().insert(ConnectInfo(peer));
        let service = TowerToHyperService::new(self.router.clone());
        async move {
            let response = service.call(request.map(Body::new)).await?;
            Ok(response.map(|body| Answer { body, _busy: busy }))
        }
    }
}

/// Tells a connection too many that it is one, without looking at what it wants.
async fn turn_away(mut socket: TcpStream, why: &str) -> std::io::Result<()> {
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

/// Reads the rest of a request. A socket that is closed with unread bytes resets the connection, and the
/// client may lose the answer.
async fn discard(socket: &mut TcpStream) -> std::io::Result<()> {
    let mut rest = [0; 4096];
    while socket.read(&mut rest).await? > 0 {}
    Ok(())
}
