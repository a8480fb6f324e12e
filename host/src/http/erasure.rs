//! `/v1/customers/{id}/export`, and erasing a customer.

use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};

use super::auth::{Acting, Key};
use super::extract::{Id, Query};
use super::openapi::{ChangeErrors, ReadErrors};
use super::problem::Problem;
use super::{App, blocking};
use crate::host::CustomerExport;
use crate::model::{CustomerId, Erased};

/// Bytes that are sent at once.
const CHUNK: usize = 64 << 10;
/// Chunks that wait for a client that reads slowly.
const AHEAD: usize = 4;

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
    let file = |ending: &str| format!("attachment; filename=\"customer-{id}.{ending}\"");
    if let Format::Vcard = format {
        let card = blocking(&app.host, move |host| host.export_vcard(id)).await?;
        let headers = [
            (header::CONTENT_TYPE, "text/vcard; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, file("vcf")),
        ];
        return Ok((headers, card).into_response());
    }
    let place = app.door.stream(key.0.id)?;
    let export = blocking(&app.host, move |host| host.export_customer(id)).await?;
    let (sender, receiver) = mpsc::channel(AHEAD);
    let span = tracing::Span::current();
    // It ends with the client: whoever does not read any more is not written to.
    tokio::task::spawn_blocking(move || span.in_scope(|| send(&export, sender)));
    let sent = stream::unfold((receiver, Arc::new(place)), |(mut receiver, place)| async {
        let chunk = receiver.recv().await?;
        Some((chunk, (receiver, place)))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, file("json")),
    ];
    Ok((headers, Body::from_stream(sent)).into_response())
}

fn send(export: &CustomerExport, sender: mpsc::Sender<io::Result<Bytes>>) {
    let mut out = BufWriter::with_capacity(CHUNK, Chunks(&sender));
    let written = serde_json::to_writer(&mut out, export).map_err(io::Error::from);
    let Err(error) = written.and_then(|()| out.flush()) else {
        return;
    };
    // What was not sent yet would only be half of something.
    drop(out.into_parts());
    if error.kind() != io::ErrorKind::BrokenPipe {
        tracing::warn!(%error, "an export broke off");
        drop(sender.blocking_send(Err(error)));
    }
}

struct Chunks<'s>(&'s mpsc::Sender<io::Result<Bytes>>);

impl Write for Chunks<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let chunk = Bytes::copy_from_slice(bytes);
        match self.0.blocking_send(Ok(chunk)) {
            Ok(()) => Ok(bytes.len()),
            Err(_) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
