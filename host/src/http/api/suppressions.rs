//! `/v1/suppressions`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::openapi::{ChangeErrors, ListErrors, WriteErrors};
use crate::http::extract::auth::Acting;
use crate::http::extract::problem::Problem;
use crate::http::extract::{Body, Query};
use crate::http::{App, blocking};
use crate::model::*;

/// A contact point to which nothing is to be sent any more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSuppression {
    kind: ContactKind,
    #[schema(min_length = 1, max_length = 320)]
    value: String,
    reason: SuppressionReason,
}

/// Which contact point.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    kind: ContactKind,
    value: String,
}

/// Whether nothing is sent to a contact point.
#[derive(Serialize, ToSchema)]
pub(super) struct Suppressed {
    suppressed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<SuppressionReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
}

impl Which {
    fn point(self) -> ContactPoint {
        ContactPoint {
            kind: self.kind,
            value: self.value,
            label: None,
        }
    }
}

/// Ask whether nothing is sent to a contact point
///
/// Suppressions are kept as keyed hashes: they can be asked about, not listed.
#[utoipa::path(
    get, path = "/v1/suppressions", operation_id = "getSuppression", tag = "contact", params(Which),
    responses((status = 200, description = "Whether, why and since when", body = Suppressed), ListErrors),
)]
pub(super) async fn show(
    State(app): State<App>,
    Query(which): Query<Which>,
) -> Result<Json<Suppressed>, Problem> {
    let found = blocking(&app.host, move |host| host.suppression(&which.point())).await?;
    Ok(Json(Suppressed {
        suppressed: found.is_some(),
        reason: found.as_ref().map(|it| it.reason),
        since: found.as_ref().map(|it| it.at),
    }))
}

/// Send nothing to a contact point any more, whoever has it
///
/// It outlasts the contact point and the customer, and no import clears it.
#[utoipa::path(
    post, path = "/v1/suppressions", operation_id = "suppress", tag = "contact",
    request_body(content = NewSuppression, example = json!({ "kind": "email", "value": "ada@example.org", "reason": "requested" })),
    responses((status = 204, description = "Nothing is sent there any more"), WriteErrors),
)]
pub(super) async fn add(
    Acting(host): Acting,
    Body(NewSuppression {
        kind,
        value,
        reason,
    }): Body<NewSuppression>,
) -> Result<StatusCode, Problem> {
    let which = Which { kind, value };
    blocking(&host, move |host| {
        host.suppress(&which.point(), reason, "staff")
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Let a contact point be written to again
///
/// Only where whoever it belongs to asked for it.
#[utoipa::path(
    delete, path = "/v1/suppressions", operation_id = "unsuppress", tag = "contact", params(Which),
    responses((status = 204, description = "It may be written to again, as its customers want it"), ChangeErrors),
)]
pub(super) async fn remove(
    Acting(host): Acting,
    Query(which): Query<Which>,
) -> Result<StatusCode, Problem> {
    blocking(&host, move |host| host.unsuppress(&which.point())).await?;
    Ok(StatusCode::NO_CONTENT)
}
