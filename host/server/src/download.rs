//! File downloads and the streamed export of a customer.

use std::io::{self, BufWriter, Write};

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::mpsc;

use regulars::host::CustomerExport;

/// Media type of a vCard.
pub(crate) const VCARD: &str = "text/vcard; charset=utf-8";
/// Size of a chunk in bytes.
const CHUNK: usize = 64 << 10;
/// Chunks buffered for a slow client.
const CHUNKS_AHEAD: usize = 4;

/// Returns a file as an attachment.
pub(crate) fn attachment(kind: &'static str, name: &str, content: impl Into<Body>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    (headers, content.into()).into_response()
}

/// Streams the export of a customer, whose history may be long. The stream breaks off if the customer is
/// erased meanwhile. `held` is dropped with the body, at its end or when the client disconnects.
pub(crate) fn stream_export(export: CustomerExport, held: impl Send + 'static) -> Body {
    let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
    let span = tracing::Span::current();
    // The task ends when the client disconnects.
    tokio::task::spawn_blocking(move || span.in_scope(|| send(&export, &sender)));
    let sent = stream::unfold((receiver, held), async |(mut receiver, held)| {
        let chunk = receiver.recv().await?;
        Some((chunk, (receiver, held)))
    });
    Body::from_stream(sent)
}

fn send(export: &CustomerExport, sender: &mpsc::Sender<io::Result<Bytes>>) {
    let mut out = BufWriter::with_capacity(CHUNK, ChunkSender(sender));
    let written = serde_json::to_writer(&mut out, export).map_err(io::Error::from);
    let Err(error) = written.and_then(|()| out.flush()) else {
        return;
    };
    // Discard the buffer: a partial chunk must not be sent.
    drop(out.into_parts());
    if error.kind() != io::ErrorKind::BrokenPipe {
        tracing::warn!(%error, "export interrupted");
        drop(sender.blocking_send(Err(error)));
    }
}

struct ChunkSender<'s>(&'s mpsc::Sender<io::Result<Bytes>>);

impl Write for ChunkSender<'_> {
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
