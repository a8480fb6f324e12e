//! `/v1/customers/{id}/export`, and erasing a customer.

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::Response;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::openapi::{ChangeErrors, ReadErrors};
use crate::download::{VCARD, attachment, stream_export};
use crate::extract::auth::{ActingHost, Key};
use crate::extract::problem::Problem;
use crate::extract::{Id, Query};
use crate::{App, blocking};
use regulars::model::{CustomerId, Erased};

/// The format of an export.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ExportQuery {
    #[serde(default)]
    #[param(required = false, inline)]
    format: ExportFormat,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum ExportFormat {
    /// Everything, as JSON.
    #[default]
    Json,
    /// The address book entry, as vCard 4.0.
    Vcard,
}

/// Exports a customer
///
/// Returns everything stored about one person and nothing about anyone else. The export holds the record,
/// contact points with their suppressions, preferences, consents and complaints. It holds the history,
/// events, cards, questions, tasks, and messages with every verdict. It holds the plugins' proposals and
/// reasons, their memories, timers and waiting events, and a list of stored transcripts and action results.
/// The export is stream_export. It breaks off if the customer is erased meanwhile or the data cannot be read.
#[utoipa::path(
    get, path = "/v1/customers/{id}/export", operation_id = "exportCustomer", tag = "customers",
    params(("id" = CustomerId, Path), ExportQuery),
    responses(
        (status = 200, description = "The export", content((Object = "application/json"), (String = "text/vcard"))),
        ReadErrors,
    ),
)]
pub(super) async fn export(
    State(app): State<App>,
    Extension(key): Extension<Key>,
    Id(id): Id<CustomerId>,
    Query(ExportQuery { format }): Query<ExportQuery>,
) -> Result<Response, Problem> {
    let file = |ending: &str| format!("customer-{id}.{ending}");
    if let ExportFormat::Vcard = format {
        let card = blocking(&app.host, move |host| host.export_vcard(id)).await?;
        return Ok(attachment(VCARD, &file("vcf"), card));
    }
    let place = app.limits.stream(key.0.id)?;
    let export = blocking(&app.host, move |host| host.export_customer(id)).await?;
    let all = stream_export(export, place);
    Ok(attachment("application/json", &file("json"), all))
}

/// Erases a customer
///
/// Removes all data that identifies the customer or records their history, and cancels their queued messages.
/// The id stays as a pseudonym that accepts no more data (410). Contact points that no other customer has are
/// suppressed permanently. Erasure cannot be undone, and earlier backups still hold the data. Erasing again
/// changes nothing.
#[utoipa::path(
    delete, path = "/v1/customers/{id}", operation_id = "eraseCustomer", tag = "customers",
    params(("id" = CustomerId, Path)),
    responses((status = 200, description = "Counts of the removed data", body = Erased), ChangeErrors),
)]
pub(super) async fn erase(
    ActingHost(host): ActingHost,
    Id(id): Id<CustomerId>,
) -> Result<Json<Erased>, Problem> {
    blocking(&host, move |host| host.erase_customer(id, "api"))
        .await
        .map(Json)
}
