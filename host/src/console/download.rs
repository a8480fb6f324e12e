//! What customers take with them.

use std::io::{self, BufWriter, Write};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::mpsc;

use super::layout::strict;
use crate::host::CustomerExport;

/// Bytes that are sent at once.
const CHUNK: usize = 64 << 10;
/// Chunks that wait for a reader who is slow.
const AHEAD: usize = 4;

pub(super) fn file(kind: &'static str, name: &str, content: impl Into<Body>) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let name = format!("attachment; filename=\"{name}\"");
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    strict(&mut headers);
    (headers, content.into()).into_response()
}

/// Everything, sent as it is read: a history may be long. It breaks off where the customer is erased meanwhile.
pub(super) fn everything(export: CustomerExport) -> Response {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || send(&export, &sender));
    let sent = stream::unfold(receiver, async |mut receiver| {
        let chunk = receiver.recv().await?;
        Some((chunk, receiver))
    });
    file("application/json", "my-data.json", Body::from_stream(sent))
}

fn send(export: &CustomerExport, sender: &mpsc::Sender<io::Result<Bytes>>) {
    let mut out = BufWriter::with_capacity(CHUNK, Chunks(sender));
    let written = serde_json::to_writer(&mut out, export).map_err(io::Error::from);
    let Err(error) = written.and_then(|()| out.flush()) else {
        return;
    };
    // What was not sent yet would only be half of something.
    drop(out.into_parts());
    if error.kind() != io::ErrorKind::BrokenPipe {
        tracing::warn!(%error, "a download broke off");
        drop(sender.blocking_send(Err(error)));
    }
}

struct Chunks<'s>(&'s mpsc::Sender<io::Result<Bytes>>);

impl Write for Chunks<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let chunk = Bytes::copy_from_slice(bytes);
        match self.0.blocking_send(Ok(chunk)) {
            Ok(()) => Ok(bytes.len()),
            // Nobody reads any more.
            Err(_) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
