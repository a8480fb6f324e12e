//! `/v1/customers/{id}/interactions` and `/v1/interactions`: one at a time here, many in [`super::bulk`].

use std::time::Duration;

use axum::Json;
use axum::extract::{Extension, FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::bulk;
use super::openapi::{ReadErrors, WriteErrors};
use super::timeline::{History, HistoryPage, Window};
use crate::host::NewInteraction;
use crate::http::extract::auth::Key;
use crate::http::extract::idempotency;
use crate::http::extract::ndjson::{Lines, is_ndjson};
use crate::http::extract::problem::{Problem, ProblemKind};
use crate::http::extract::wait::Wait;
use crate::http::extract::{Body, Id, Query, media_type};
use crate::http::server::request_limits::Phase;
use crate::http::{App, blocking};
use crate::model::{
    Card, CustomerId, Direction, EventId, InstallationId, Interaction, InteractionId, KeyScope,
    Page, Question, Task, Timestamp, instant,
};

/// An interaction to be recorded with the customer of the path.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomerInteraction {
    /// Any UUID; the host makes one where none is given. Recording it again is the same interaction.
    id: Option<InteractionId>,
    /// One of the host's kinds, or a plugin's own `<plugin>/<kind>`.
    kind: String,
    #[serde(default)]
    direction: Direction,
    /// Now where it is not given.
    #[serde(default, deserialize_with = "instant")]
    #[schema(value_type = Option<String>, format = DateTime)]
    occurred_at: Option<Timestamp>,
    /// Where it passed: `till`, `phone`, `web`.
    #[schema(max_length = 200)]
    channel: Option<String>,
    #[schema(max_length = 200)]
    subject: Option<String>,
    /// At most 65536 bytes in UTF-8.
    #[schema(max_length = 65536)]
    body: Option<String>,
    /// Kind-specific members; empty where it is not given.
    #[schema(value_type = Option<Object>)]
    data: Option<serde_json::Value>,
    /// Imported from the past: it becomes part of the history and sets nothing off.
    #[serde(default)]
    historical: bool,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RecordParams {
    /// Wait so long for the plugins, and answer with the desk as they leave it: `500ms`, `2s`, at most `30s`.
    #[param(value_type = Option<String>, example = "2s", pattern = "^0*(([0-9]|[12][0-9]|30)s|([0-9]{1,4}|[12][0-9]{4}|30000)ms)$")]
    wait: Option<Wait>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RecordAnyParams {
    /// One interaction only: wait so long for the plugins, as above.
    #[param(value_type = Option<String>, example = "2s", pattern = "^0*(([0-9]|[12][0-9]|30)s|([0-9]{1,4}|[12][0-9]{4}|30000)ms)$")]
    wait: Option<Wait>,
    /// Imported from the past, all of it: it becomes part of the history and sets nothing off.
    #[serde(default)]
    #[param(required = false)]
    historical: bool,
}

/// What became of an interaction.
#[derive(Serialize, ToSchema)]
pub(super) struct RecordResponse {
    interaction: Interaction,
    /// The event that it set off; none for a historical one.
    event: Option<EventId>,
    /// Whether it had been recorded before, and nothing was written now.
    repeated: bool,
    /// With `wait`: whether every plugin that wanted it has run.
    #[serde(skip_serializing_if = "Option::is_none")]
    processed: Option<bool>,
    /// With `wait`, for a key that opens the desk: the plugins that have not run since they are beyond
    /// their limits, quarantined or broken, are to try it again, or gave it up. The others have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    waiting: Vec<InstallationId>,
    /// With `wait`, once it is processed but for those, for a key that opens the desk: what it shows now.
    #[serde(skip_serializing_if = "Option::is_none")]
    desk: Option<AtDesk>,
    /// With `wait`: why it was not waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<&'static str>,
}

/// What is open at the desk about the customer.
#[derive(Serialize, ToSchema)]
pub(super) struct AtDesk {
    cards: Vec<Card>,
    questions: Vec<Question>,
    tasks: Vec<Task>,
}

/// One interaction, or the summary of many.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(Box<RecordResponse>),
    Many(bulk::Summary),
}

/// List a customer's interactions
///
/// By when they occurred, newest first. The same as the timeline.
#[utoipa::path(
    get, path = "/v1/customers/{id}/interactions", operation_id = "listInteractions", tag = "interactions",
    params(("id" = CustomerId, Path), Window),
    responses((status = 200, description = "One page", body = Page<Interaction>), ReadErrors),
)]
pub(super) async fn list(history: History) -> HistoryPage {
    history.page().await
}

/// Record an interaction with a customer
///
/// It is durable when this answers. With `wait`, the answer comes when the plugins have run, with
/// what the desk shows then; where they take longer, it is 202 and they go on. It is 202 too where one of
/// them cannot run now, or failed and is tried again: `waiting` names it.
#[utoipa::path(
    post, path = "/v1/customers/{id}/interactions", operation_id = "recordInteraction", tag = "interactions",
    params(
        ("id" = CustomerId, Path),
        RecordParams,
        ("idempotency-key" = Option<String>, Header, max_length = 255, pattern = "^[!-~]([ -~]*[!-~])?$",
            description = "Names this interaction, so that sending it again records nothing twice. A UUID becomes its id"),
    ),
    request_body(content = CustomerInteraction, example = json!({ "kind": "visit", "channel": "gate" })),
    responses(
        (status = 201, description = "Recorded", body = RecordResponse),
        (status = 200, description = "It had been recorded before", body = RecordResponse),
        (status = 202, description = "Recorded; some of its plugins take longer than the wait, or cannot run now", body = RecordResponse),
        WriteErrors,
    ),
)]
pub(super) async fn record(
    State(app): State<App>,
    Extension(key): Extension<Key>,
    Id(customer): Id<CustomerId>,
    Query(RecordParams { wait }): Query<RecordParams>,
    headers: HeaderMap,
    Body(body): Body<CustomerInteraction>,
) -> Result<Response, Problem> {
    let new = NewInteraction {
        id: body.id,
        customer,
        kind: body.kind,
        direction: body.direction,
        occurred_at: body.occurred_at,
        channel: body.channel,
        subject: body.subject,
        body: body.body,
        data: body.data,
        historical: body.historical,
    };
    write(&app, &key, &headers, new, wait)
        .await
        .map(IntoResponse::into_response)
}

/// Record one interaction, or many
///
/// As `application/json`, one interaction that names its customer. As `application/x-ndjson`, one on
/// each line, without a limit to their number: each stands or falls by itself, and the answer is a
/// summary with the lines that were refused. With `accept: application/x-ndjson` the answer is one
/// line for each instead, sent while the request is still being read: read it while you send.
#[utoipa::path(
    post, path = "/v1/interactions", operation_id = "recordInteractions", tag = "interactions",
    params(
        RecordAnyParams,
        ("idempotency-key" = Option<String>, Header, max_length = 255, pattern = "^[!-~]([ -~]*[!-~])?$",
            description = "One interaction only: names it, as above"),
    ),
    request_body(content(
        (NewInteraction = "application/json", example = json!({
            "customer": "01970000-0000-7000-8000-000000000001", "kind": "purchase",
            "occurred_at": "2026-05-12T09:30:00Z", "data": { "amount": "12.50" },
        })),
        (String = "application/x-ndjson"),
    )),
    responses(
        (status = 201, description = "Recorded", body = RecordResponse),
        (status = 200, description = "It had been recorded before; or the summary of many", body = OneOrMany),
        (status = 202, description = "Recorded; some of its plugins take longer than the wait, or cannot run now", body = RecordResponse),
        WriteErrors,
    ),
)]
pub(super) async fn record_any(
    State(app): State<App>,
    Extension(key): Extension<Key>,
    Query(how): Query<RecordAnyParams>,
    request: Request,
) -> Result<Response, Problem> {
    if is_ndjson(media_type(request.headers()).as_deref()) {
        if how.wait.is_some() {
            let detail = "many interactions cannot be waited for: leave it out, or send one as application/json";
            return Err(Problem::new(ProblemKind::InvalidParameter, detail).at("wait"));
        }
        let by_line = bulk::wants_lines(request.headers());
        let lines = Lines::new(request.into_body(), &app.limits.config);
        if by_line {
            return Ok(bulk::line_by_line(app.host, lines, how.historical));
        }
        let summary = bulk::summary(app.host, lines, how.historical).await;
        return Ok(Json(OneOrMany::Many(summary)).into_response());
    }
    let headers = request.headers().clone();
    let Body(mut new) = Body::<NewInteraction>::from_request(request, &app).await?;
    new.historical |= how.historical;
    let written = write(&app, &key, &headers, new, how.wait).await;
    written
        .map(IntoResponse::into_response)
        .map_err(|problem| problem.not_found_at("/customer"))
}

async fn write(
    app: &App,
    key: &Key,
    headers: &HeaderMap,
    mut new: NewInteraction,
    wait: Option<Wait>,
) -> Result<(StatusCode, Json<OneOrMany>), Problem> {
    let named = idempotency::interaction(headers, key)?;
    if let Some(named) = named {
        if new.id.is_some_and(|id| id != named) {
            let detail = "the body has another id: send one of the two";
            return Err(Problem::new(ProblemKind::InvalidParameter, detail).at("idempotency-key"));
        }
        new.id = Some(named);
    }
    let taken = |problem| match named {
        Some(_) => idempotency::taken(problem),
        None => problem,
    };
    let place = wait.and_then(|_| app.limits.wait());
    let notice = (wait.is_some() && place.is_none())
        .then_some("not waited: as many requests wait already as `serve --max-waits` allows");
    let (recorded, processed) = match wait {
        None => (
            blocking(&app.host, move |host| host.record(new))
                .await
                .map_err(taken)?,
            None,
        ),
        Some(Wait(wait)) => {
            let written = blocking(&app.host, move |host| host.record_and_follow(new)).await;
            let (recorded, processed) = written.map_err(taken)?;
            let wait = if place.is_some() {
                wait
            } else {
                Duration::ZERO
            };
            let processed = tokio::select! {
                biased;
                processed = tokio::time::timeout(wait, processed) => processed.unwrap_or(false),
                () = key.ended(&app.host) => false,
                () = app.limits.reached(Phase::Answering) => false,
            };
            (recorded, Some(processed))
        }
    };
    drop(place);
    let handled = processed == Some(true);
    let mut waiting = match recorded.event {
        Some(event) if handled => app.host.waits_for(event)?,
        _ => Vec::new(),
    };
    let processed = processed.map(|processed| processed && waiting.is_empty());
    if !key.opens(&KeyScope::Staff) {
        waiting.clear();
    }
    let desk = match handled {
        true if key.opens(&KeyScope::Staff) => {
            let desk = app.host.desk(recorded.interaction.customer)?;
            Some(AtDesk {
                cards: desk.cards,
                questions: desk.questions,
                tasks: desk.tasks,
            })
        }
        _ => None,
    };
    let status = match (processed, recorded.repeated) {
        (Some(false), _) => StatusCode::ACCEPTED,
        (_, true) => StatusCode::OK,
        (_, false) => StatusCode::CREATED,
    };
    let written = RecordResponse {
        interaction: recorded.interaction,
        event: recorded.event,
        repeated: recorded.repeated,
        processed,
        waiting,
        desk,
        notice: notice.filter(|_| !handled),
    };
    Ok((status, Json(OneOrMany::One(Box::new(written)))))
}
