//! `/v1/customers/{id}/interactions` and `/v1/interactions`, one interaction at a time. For many see
//! [`super::bulk`].

use std::time::Duration;

use axum::Json;
use axum::extract::{Extension, FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::bulk;
use super::openapi::{ReadErrors, WriteErrors};
use super::timeline::{TimelineFilter, TimelinePage, TimelineRequest};
use crate::extract::auth::Key;
use crate::extract::idempotency;
use crate::extract::ndjson::{Lines, is_ndjson};
use crate::extract::problem::{Problem, ProblemKind};
use crate::extract::wait::Wait;
use crate::extract::{Body, Id, Query, media_type};
use crate::server::request_limits::Phase;
use crate::{App, blocking};
use regulars::host::NewInteraction;
use regulars::model::{
    Card, CustomerId, Direction, EventId, InstallationId, Interaction, InteractionId, KeyScope,
    Page, Question, Task, Timestamp, instant,
};

/// An interaction to record for the customer in the path.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomerInteraction {
    /// Any UUID; generated if omitted. A repeated request with the same id records nothing new.
    id: Option<InteractionId>,
    /// One of the host's kinds, or a plugin's own `<plugin>/<kind>`.
    kind: String,
    #[serde(default)]
    direction: Direction,
    /// Omitted: now.
    #[serde(default, deserialize_with = "instant")]
    #[schema(value_type = Option<String>, format = DateTime)]
    occurred_at: Option<Timestamp>,
    /// The place or medium: `till`, `phone`, `web`.
    #[schema(max_length = 200)]
    channel: Option<String>,
    #[schema(max_length = 200)]
    subject: Option<String>,
    /// At most 65,536 bytes in UTF-8.
    #[schema(max_length = 65536)]
    body: Option<String>,
    /// Members that belong to the kind. Omitted: empty.
    #[schema(value_type = Option<Object>)]
    data: Option<serde_json::Value>,
    /// Marks an import from the past. It joins the history and triggers no plugins.
    #[serde(default)]
    historical: bool,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecordParams {
    /// Time to wait for the plugins before responding with the desk: `500ms`, `2s`, at most `30s`.
    #[param(value_type = Option<String>, example = "2s", pattern = "^0*(([0-9]|[12][0-9]|30)s|([0-9]{1,4}|[12][0-9]{4}|30000)ms)$")]
    wait: Option<Wait>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecordAnyParams {
    /// Time to wait for the plugins, as above. Only for a single interaction.
    #[param(value_type = Option<String>, example = "2s", pattern = "^0*(([0-9]|[12][0-9]|30)s|([0-9]{1,4}|[12][0-9]{4}|30000)ms)$")]
    wait: Option<Wait>,
    /// Marks all interactions as imports from the past. They join the history and trigger no plugins.
    #[serde(default)]
    #[param(required = false)]
    historical: bool,
}

/// A recorded interaction.
#[derive(Serialize, ToSchema)]
pub(super) struct RecordResponse {
    interaction: Interaction,
    /// The event that the interaction created. Absent for a historical one.
    event: Option<EventId>,
    /// True if the interaction had been recorded before. Then this request wrote nothing.
    repeated: bool,
    /// Only with `wait`: true if all subscribed plugins have run.
    #[serde(skip_serializing_if = "Option::is_none")]
    processed: Option<bool>,
    /// Only with `wait`, for keys with desk access: the plugins that have not finished. Each is over its
    /// limits, quarantined or broken, has a retry pending, or has given up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    waiting: Vec<InstallationId>,
    /// Only with `wait`, for keys with desk access: the desk once all other plugins have run.
    #[serde(skip_serializing_if = "Option::is_none")]
    desk: Option<DeskContents>,
    /// Only with `wait`: the reason why the server did not wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<&'static str>,
}

/// A customer's open cards, questions and tasks.
#[derive(Serialize, ToSchema)]
pub(super) struct DeskContents {
    cards: Vec<Card>,
    questions: Vec<Question>,
    tasks: Vec<Task>,
}

/// One recorded interaction, or the summary of many.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum RecordResult {
    One(Box<RecordResponse>),
    Many(bulk::BulkSummary),
}

/// Lists a customer's interactions
///
/// Newest occurrence first. Identical to the timeline.
#[utoipa::path(
    get, path = "/v1/customers/{id}/interactions", operation_id = "listInteractions", tag = "interactions",
    params(("id" = CustomerId, Path), TimelineFilter),
    responses((status = 200, description = "One page", body = Page<Interaction>), ReadErrors),
)]
pub(super) async fn list(history: TimelineRequest) -> TimelinePage {
    history.page().await
}

/// Records an interaction with a customer
///
/// The interaction is durable when the response arrives. With `wait`, the response comes after the plugins
/// have run and includes the desk. The status is 202 if they take longer; they continue. It is also 202 if a
/// plugin cannot run now or will be retried: `waiting` names it.
#[utoipa::path(
    post, path = "/v1/customers/{id}/interactions", operation_id = "recordInteraction", tag = "interactions",
    params(
        ("id" = CustomerId, Path),
        RecordParams,
        ("idempotency-key" = Option<String>, Header, max_length = 255, pattern = "^[!-~]([ -~]*[!-~])?$",
            description = "Identifies the interaction: a repeated request records nothing new. A UUID becomes its id"),
    ),
    request_body(content = CustomerInteraction, example = json!({ "kind": "visit", "channel": "gate" })),
    responses(
        (status = 201, description = "Recorded", body = RecordResponse),
        (status = 200, description = "Recorded before", body = RecordResponse),
        (status = 202, description = "Recorded; some plugins take longer than the wait or cannot run now", body = RecordResponse),
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

/// Records one or many interactions
///
/// As `application/json`: one interaction that names its customer. As `application/x-ndjson`: one interaction
/// per line, without a limit on their number. Each line succeeds or fails on its own, and the response is a
/// summary with the rejected lines.
/// With `accept: application/x-ndjson` the response has one line per interaction instead. It is sent while
/// the request is still being read, so clients must read while they send.
#[utoipa::path(
    post, path = "/v1/interactions", operation_id = "recordInteractions", tag = "interactions",
    params(
        RecordAnyParams,
        ("idempotency-key" = Option<String>, Header, max_length = 255, pattern = "^[!-~]([ -~]*[!-~])?$",
            description = "Identifies the interaction, as above. Only for a single interaction"),
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
        (status = 200, description = "Recorded before; or the summary of many", body = RecordResult),
        (status = 202, description = "Recorded; some plugins take longer than the wait or cannot run now", body = RecordResponse),
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
            let detail = "wait is not supported for application/x-ndjson: omit it, or send one interaction as application/json";
            return Err(Problem::new(ProblemKind::InvalidParameter, detail).at("wait"));
        }
        let by_line = bulk::wants_results(request.headers());
        let lines = Lines::new(request.into_body(), &app.limits.config);
        if by_line {
            return Ok(bulk::line_by_line(app.host, lines, how.historical));
        }
        let summary = bulk::summary(app.host, lines, how.historical).await;
        return Ok(Json(RecordResult::Many(summary)).into_response());
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
) -> Result<(StatusCode, Json<RecordResult>), Problem> {
    let named = idempotency::interaction(headers, key)?;
    if let Some(named) = named {
        if new.id.is_some_and(|id| id != named) {
            let detail =
                "conflicting ids: the header and the body's `id` differ; send only one of them";
            return Err(Problem::new(ProblemKind::InvalidParameter, detail).at("idempotency-key"));
        }
        new.id = Some(named);
    }
    let blame = |problem| match named {
        Some(_) => idempotency::blame_header(problem),
        None => problem,
    };
    let place = wait.and_then(|_| app.limits.wait());
    let notice = (wait.is_some() && place.is_none())
        .then_some("not waited: the limit on waiting requests is reached (`serve --max-waits`)");
    let (recorded, processed) = match wait {
        None => (
            blocking(&app.host, move |host| host.record(new))
                .await
                .map_err(blame)?,
            None,
        ),
        Some(Wait(wait)) => {
            let written = blocking(&app.host, move |host| host.record_and_follow(new)).await;
            let (recorded, processed) = written.map_err(blame)?;
            let wait = if place.is_some() {
                wait
            } else {
                Duration::ZERO
            };
            let processed = tokio::select! {
                biased;
                processed = tokio::time::timeout(wait, processed) => processed.unwrap_or(false),
                () = key.wait_revoked(&app.host) => false,
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
    if !key.has_scope(&KeyScope::Staff) {
        waiting.clear();
    }
    let desk = match handled {
        true if key.has_scope(&KeyScope::Staff) => {
            let desk = app.host.desk(recorded.interaction.customer)?;
            Some(DeskContents {
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
    Ok((status, Json(RecordResult::One(Box::new(written)))))
}
