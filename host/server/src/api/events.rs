//! `/v1/events`: the event log as server-sent events, each in the CloudEvents 1.0 JSON format.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use futures_util::{Stream, StreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use utoipa::{IntoParams, ToSchema};

use super::openapi::ListErrors;
use crate::App;
use crate::extract::Query;
use crate::extract::auth::Key;
use crate::extract::problem::{Problem, ProblemKind};
use crate::server::request_limits::{Phase, RequestLimits};
use regulars::host::Host;
use regulars::model::{CustomerId, Event, EventData, EventId, Timestamp};

/// Events read from the log at once.
const BATCH: u32 = 100;

/// The start of an event stream.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EventQuery {
    /// Position in the log after which to start; 0 for the whole log. Omitted: only new events.
    after: Option<u64>,
}

/// An event, in the CloudEvents 1.0 JSON format.
#[derive(Serialize, ToSchema)]
pub(super) struct CloudEvent {
    /// `1.0`
    specversion: &'static str,
    id: EventId,
    /// `/regulars`
    source: &'static str,
    /// `interaction.recorded`, `customer.created`, `task.closed`, …
    r#type: String,
    /// The customer whom the event concerns.
    subject: CustomerId,
    time: Timestamp,
    /// `application/json`
    datacontenttype: &'static str,
    /// Position in the log, zero-padded so that it sorts as text.
    sequence: String,
    /// The event whose handling caused this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<EventId>,
    data: EventData,
}

impl CloudEvent {
    fn new(event: Event) -> CloudEvent {
        CloudEvent {
            specversion: "1.0",
            id: event.id,
            source: "/regulars",
            r#type: event.data.kind().to_owned(),
            subject: event.customer,
            time: event.time,
            datacontenttype: "application/json",
            sequence: format!("{:020}", event.seq),
            cause: event.cause,
            data: event.data,
        }
    }
}

/// Streams the event log
///
/// An endless stream of server-sent events. The SSE id is the position in the log: a client that reconnects
/// with `last-event-id`, as browsers do, misses nothing.
#[utoipa::path(
    get, path = "/v1/events", operation_id = "followEvents", tag = "events",
    params(EventQuery, ("last-event-id" = Option<u64>, Header, description = "Position in the log after which to start; takes precedence over `after`")),
    responses(
        (status = 200, description = "The `data` of each server-sent event is one CloudEvent", content_type = "text/event-stream", body = CloudEvent),
        ListErrors,
    ),
)]
pub(super) async fn follow(
    State(app): State<App>,
    Extension(key): Extension<Key>,
    Query(EventQuery { after }): Query<EventQuery>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<SseEvent, Infallible>>>, Problem> {
    let resumed = match headers.get("last-event-id") {
        None => None,
        Some(value) => Some(
            value
                .to_str()
                .ok()
                .and_then(|text| text.trim().parse().ok())
                .ok_or_else(|| {
                    let detail = "invalid last-event-id: expected the SSE id of an event in this stream, such as 42";
                    Problem::new(ProblemKind::InvalidParameter, detail).at("last-event-id")
                })?,
        ),
    };
    let place = app.limits.stream(key.0.id)?;
    let newest = app.host.watch();
    let after = resumed.or(after).unwrap_or_else(|| *newest.borrow());
    let follower = Follower {
        host: app.host,
        newest,
        limits: app.limits,
        _place: place,
        after,
        read: VecDeque::new(),
    };
    let ended = {
        let host = follower.host.clone();
        async move { key.wait_revoked(&host).await }
    };
    let sent = stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok(event), follower))
    });
    // The stream ends with its key.
    let sent = sent.take_until(ended);
    Ok(Sse::new(sent).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

struct Follower {
    host: Host,
    newest: watch::Receiver<u64>,
    limits: Arc<RequestLimits>,
    _place: crate::server::request_limits::StreamPermit,
    after: u64,
    read: VecDeque<Event>,
}

impl Follower {
    /// Waits for the next event. Returns `None` when the server closes.
    async fn next(&mut self) -> Option<SseEvent> {
        loop {
            if self.closed() {
                return None;
            }
            if let Some(event) = self.read.pop_front() {
                self.after = event.seq;
                let sent = SseEvent::default()
                    .id(event.seq.to_string())
                    .json_data(CloudEvent::new(event));
                match sent {
                    Ok(sent) => return Some(sent),
                    Err(error) => tracing::error!(%error, "cannot encode an event"),
                }
                continue;
            }
            // Marked as seen before the log is read: an event written meanwhile wakes the stream again.
            self.newest.borrow_and_update();
            match self.host.events(self.after, BATCH) {
                Ok(events) if events.is_empty() => self.wait_for_events().await,
                Ok(events) => self.read.extend(events),
                Err(error) => {
                    tracing::error!(%error, "cannot read the event log");
                    return None;
                }
            }
        }
    }

    fn closed(&self) -> bool {
        self.limits.closing() || self.host.is_stopped()
    }

    /// Waits until the log grows or the server closes.
    async fn wait_for_events(&mut self) {
        tokio::select! {
            // A nested router is not told of a shutdown: check once a second whether the host has stopped.
            _ = tokio::time::timeout(Duration::from_secs(1), self.newest.changed()) => {}
            () = self.limits.reached(Phase::Closing) => {}
        }
    }
}
