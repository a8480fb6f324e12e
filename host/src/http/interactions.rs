//! `/v1/customers/{id}/interactions` and `/v1/interactions`: one at a time here, many in [`super::bulk`].

use axum::Json;
use axum::extract::{Extension, FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::Key;
use super::bulk;
use super::extract::{Body, Id, Query, media_type};
use super::openapi::{ReadErrors, WriteErrors};
use super::problem::{Problem, ProblemKind};
use super::timeline::{Window, timeline_page};
use super::wait::Wait;
use super::{App, blocking};
use crate::host::NewInteraction;
use crate::model::{
    Card, CustomerId, Direction, EventId, Interaction, InteractionId, Page, Question, Task,
    Timestamp,
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
    occurred_at: Option<Timestamp>,
    /// Where it passed: `till`, `phone`, `web`.
    channel: Option<String>,
    subject: Option<String>,
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
pub(super) struct How {
    /// Wait so long for the plugins, and answer with the desk as they leave it: `500ms`, `2s`, at most `30s`.
    #[param(value_type = Option<String>, example = "2s")]
    wait: Option<Wait>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct HowAny {
    /// One interaction only: wait so long for the plugins, as above.
    #[param(value_type = Option<String>, example = "2s")]
    wait: Option<Wait>,
    /// Imported from the past, all of it: it becomes part of the history and sets nothing off.
    #[serde(default)]
    #[param(required = false)]
    historical: bool,
}

/// What became of an interaction.
#[derive(Serialize, ToSchema)]
pub(super) struct Written {
    interaction: Interaction,
    /// The event that it set off; none for a historical one.
    event: Option<EventId>,
    /// Whether it had been recorded before, and nothing was written now.
    repeated: bool,
    /// With `wait`: whether every plugin that wanted it has run.
    #[serde(skip_serializing_if = "Option::is_none")]
    processed: Option<bool>,
    /// With `wait`, once it is processed: what the desk shows now.
    #[serde(skip_serializing_if = "Option::is_none")]
    desk: Option<AtDesk>,
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
    One(Box<Written>),
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
pub(super) async fn list(
    State(app): State<App>,
    Id(id): Id<CustomerId>,
    Query(window): Query<Window>,
) -> Result<Json<Page<Interaction>>, Problem> {
    timeline_page(&app, id, window).await
}

/// Record an interaction with a customer
///
/// It is durable when this answers. With `wait`, the answer comes when the plugins have run, with
/// what the desk shows then; where they take longer, it is 202 and they go on.
#[utoipa::path(
    post, path = "/v1/customers/{id}/interactions", operation_id = "recordInteraction", tag = "interactions",
    params(
        ("id" = CustomerId, Path),
        How,
        ("idempotency-key" = Option<String>, Header,
            description = "Names this interaction, so that sending it again records nothing twice. A UUID becomes its id"),
    ),
    request_body(content = CustomerInteraction, example = json!({ "kind": "visit", "channel": "gate" })),
    responses(
        (status = 201, description = "Recorded", body = Written),
        (status = 200, description = "It had been recorded before", body = Written),
        (status = 202, description = "Recorded; its plugins take longer than the wait", body = Written),
        WriteErrors,
    ),
)]
pub(super) async fn record(
    State(app): State<App>,
    Extension(key): Extension<Key>,
    Id(customer): Id<CustomerId>,
    Query(How { wait }): Query<How>,
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
        HowAny,
        ("idempotency-key" = Option<String>, Header, description = "One interaction only: names it, as above"),
    ),
    request_body(content(
        (NewInteraction = "application/json", example = json!({
            "customer": "01970000-0000-7000-8000-000000000001", "kind": "purchase",
            "occurred_at": "2026-05-12T09:30:00Z", "data": { "amount": "12.50" },
        })),
        (String = "application/x-ndjson"),
    )),
    responses(
        (status = 201, description = "Recorded", body = Written),
        (status = 200, description = "It had been recorded before; or the summary of many", body = OneOrMany),
        (status = 202, description = "Recorded; its plugins take longer than the wait", body = Written),
        WriteErrors,
    ),
)]
pub(super) async fn record_any(
    State(app): State<App>,
    Extension(key): Extension<Key>,
    Query(how): Query<HowAny>,
    request: Request,
) -> Result<Response, Problem> {
    if bulk::is_ndjson(media_type(request.headers()).as_deref()) {
        if how.wait.is_some() {
            let detail = "many interactions cannot be waited for: leave it out, or send one as application/json";
            return Err(Problem::new(ProblemKind::InvalidParameter, detail).at("wait"));
        }
        if bulk::wants_lines(request.headers()) {
            return Ok(bulk::line_by_line(
                app.host,
                request.into_body(),
                how.historical,
            ));
        }
        let summary = bulk::summary(app.host, request.into_body(), how.historical).await;
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
    let named = idempotency_key(headers, key)?;
    if let Some(named) = named {
        if new.id.is_some_and(|id| id != named) {
            let detail = "the body has another id: send one of the two";
            return Err(Problem::new(ProblemKind::InvalidParameter, detail).at("idempotency-key"));
        }
        new.id = Some(named);
    }
    let taken = |problem: Problem| match problem.kind {
        ProblemKind::Duplicate if named.is_some() => problem.at("idempotency-key"),
        _ => problem,
    };
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
            (
                recorded,
                Some(tokio::time::timeout(wait, processed).await.unwrap_or(false)),
            )
        }
    };
    let desk = match processed {
        Some(true) => {
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
    let written = Written {
        interaction: recorded.interaction,
        event: recorded.event,
        repeated: recorded.repeated,
        processed,
        desk,
    };
    Ok((status, Json(OneOrMany::One(Box::new(written)))))
}

/// The interaction's id, from the header `idempotency-key`: as it is where it is a UUID, else one
/// that the same key and text always give.
fn idempotency_key(headers: &HeaderMap, key: &Key) -> Result<Option<InteractionId>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    let text = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text);
    if text.is_empty() || text.len() > 255 {
        let detail = "1 to 255 visible ASCII characters are expected, such as a UUID";
        return Err(Problem::new(ProblemKind::InvalidParameter, detail).at("idempotency-key"));
    }
    Ok(Some(text.parse().unwrap_or_else(|_| {
        let id = crate::ids::derived(&[b"idempotency-key", key.0.id.0.as_bytes(), text.as_bytes()]);
        InteractionId(id)
    })))
}
