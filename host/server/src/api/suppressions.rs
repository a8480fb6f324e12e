//! `/v1/suppressions`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::openapi::{ChangeErrors, ListErrors, WriteErrors};
use crate::extract::auth::ActingHost;
use crate::extract::problem::Problem;
use crate::extract::{Body, Query};
use crate::{App, blocking};
use regulars::model::*;

/// A contact point to suppress.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSuppression {
    kind: ContactKind,
    #[schema(min_length = 1, max_length = 320)]
    value: String,
    reason: SuppressionReason,
}

/// A contact point.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SuppressionQuery {
    kind: ContactKind,
    value: String,
}

/// The suppression of a contact point.
#[derive(Serialize, ToSchema)]
pub(super) struct SuppressionState {
    suppressed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<SuppressionReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
}

impl SuppressionQuery {
    fn point(self) -> ContactPoint {
        ContactPoint {
            kind: self.kind,
            value: self.value,
            label: None,
        }
    }
}

/// Checks if a contact point is suppressed
///
/// Suppressions are stored as keyed hashes: they can be checked, not listed.
#[utoipa::path(
    get, path = "/v1/suppressions", operation_id = "getSuppression", tag = "contact", params(SuppressionQuery),
    responses((status = 200, description = "The state, reason and start of the suppression", body = SuppressionState), ListErrors),
)]
pub(super) async fn show(
    State(app): State<App>,
    Query(which): Query<SuppressionQuery>,
) -> Result<Json<SuppressionState>, Problem> {
    let found = blocking(&app.host, move |host| host.suppression(&which.point())).await?;
    Ok(Json(SuppressionState {
        suppressed: found.is_some(),
        reason: found.as_ref().map(|it| it.reason),
        since: found.as_ref().map(|it| it.at),
    }))
}

/// Suppresses a contact point
///
/// No more messages are sent to it, whichever customer has it. The suppression outlasts the contact point and
/// the customer, and no import removes it.
#[utoipa::path(
    post, path = "/v1/suppressions", operation_id = "suppress", tag = "contact",
    request_body(content = NewSuppression, example = json!({ "kind": "email", "value": "ada@example.org", "reason": "requested" })),
    responses((status = 204, description = "Suppressed"), WriteErrors),
)]
pub(super) async fn add(
    ActingHost(host): ActingHost,
    Body(NewSuppression {
        kind,
        value,
        reason,
    }): Body<NewSuppression>,
) -> Result<StatusCode, Problem> {
    let which = SuppressionQuery { kind, value };
    blocking(&host, move |host| {
        host.suppress(&which.point(), reason, "staff")
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a suppression
///
/// Only at the request of the contact point's owner.
#[utoipa::path(
    delete, path = "/v1/suppressions", operation_id = "unsuppress", tag = "contact", params(SuppressionQuery),
    responses((status = 204, description = "Removed: the preferences of its customers apply again"), ChangeErrors),
)]
pub(super) async fn remove(
    ActingHost(host): ActingHost,
    Query(which): Query<SuppressionQuery>,
) -> Result<StatusCode, Problem> {
    blocking(&host, move |host| host.unsuppress(&which.point())).await?;
    Ok(StatusCode::NO_CONTENT)
}
