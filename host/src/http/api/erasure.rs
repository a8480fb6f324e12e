//! `/v1/customers/{id}/export`, and erasing a customer.

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::Response;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::openapi::{ChangeErrors, ReadErrors};
use crate::http::download::{VCARD, attachment, streamed};
use crate::http::extract::auth::{Acting, Key};
use crate::http::extract::problem::Problem;
use crate::http::extract::{Id, Query};
use crate::http::{App, blocking};
use crate::model::{CustomerId, Erased};

/// As what.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    #[serde(default)]
    #[param(required = false, inline)]
    format: Format,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    /// Everything.
    #[default]
    Json,
    /// What an address book keeps, as vCard 4.0.
    Vcard,
}

/// Export a customer
///
/// Everything that is kept of one person, and nothing of anybody else: record, contact points with their
/// suppressions, preferences, consents, complaints, history, events, cards, questions, tasks, messages with every
/// verdict, what plugins proposed and why, what they remember, timers, what waits, and which transcripts and answers
/// are kept. It is sent as it is read; one that breaks off was erased meanwhile, or cannot be read.
#[utoipa::path(
    get, path = "/v1/customers/{id}/export", operation_id = "exportCustomer", tag = "customers",
    params(("id" = CustomerId, Path), Wanted),
    responses(
        (status = 200, description = "The export", content((Object = "application/json"), (String = "text/vcard"))),
        ReadErrors,
    ),
)]
pub(super) async fn export(
    State(app): State<App>,
    Extension(key): Extension<Key>,
    Id(id): Id<CustomerId>,
    Query(Wanted { format }): Query<Wanted>,
) -> Result<Response, Problem> {
    let file = |ending: &str| format!("customer-{id}.{ending}");
    if let Format::Vcard = format {
        let card = blocking(&app.host, move |host| host.export_vcard(id)).await?;
        return Ok(attachment(VCARD, &file("vcf"), card));
    }
    let place = app.limits.stream(key.0.id)?;
    let export = blocking(&app.host, move |host| host.export_customer(id)).await?;
    let all = streamed(export, place);
    Ok(attachment("application/json", &file("json"), all))
}

/// Erase a customer
///
/// Removes all that says who they are or what passed with them; what waits to be sent is cancelled. The id stays as a
/// pseudonym that takes nothing any more (410), and contact points that nobody else has are suppressed for good. There
/// is no way back, and backups made before still hold the data. Doing it again changes nothing.
#[utoipa::path(
    delete, path = "/v1/customers/{id}", operation_id = "eraseCustomer", tag = "customers",
    params(("id" = CustomerId, Path)),
    responses((status = 200, description = "What was removed", body = Erased), ChangeErrors),
)]
pub(super) async fn erase(
    Acting(host): Acting,
    Id(id): Id<CustomerId>,
) -> Result<Json<Erased>, Problem> {
    blocking(&host, move |host| host.erase_customer(id, "api"))
        .await
        .map(Json)
}
