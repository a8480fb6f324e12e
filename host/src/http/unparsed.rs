//! Problem details for malformed HTTP. hyper answers such requests itself with a bare status; this module
//! adds the body.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Bytes;
use axum::http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::connection::{ConnectionMonitor, TrackedSocket};
use super::problem::{Problem, ProblemKind};

/// The header of hyper's own error responses. The router's responses always have a body.
const EMPTY: &str = "content-length: 0\r\n";

/// A socket that adds a problem body to hyper's own error responses.
pub(super) struct Worded {
    socket: TrackedSocket,
    monitor: Arc<ConnectionMonitor>,
    /// The rest of a problem response to send.
    refusal: Option<Bytes>,
}

impl Worded {
    pub fn new(socket: TrackedSocket) -> Worded {
        Worded {
            monitor: socket.monitor.clone(),
            socket,
            refusal: None,
        }
    }

    /// Returns true, and replaces the bytes, if they are an error response of hyper's own.
    fn keeps(&mut self, bytes: &[u8]) -> bool {
        // While a request is in progress, all bytes belong to its response.
        if self.refusal.is_some() || self.monitor.is_responding() {
            return false;
        }
        self.refusal = worded(bytes).map(Bytes::from);
        self.refusal.is_some()
    }

    /// Sends the rest of the problem response.
    fn poll_refusal(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.refusal.as_mut().filter(|rest| !rest.is_empty()) {
            let sent = ready!(Pin::new(&mut self.socket).poll_write(context, rest))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            drop(rest.split_to(sent));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Worded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl AsyncWrite for Worded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.keeps(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [head] = bytes
            && self.keeps(head)
        {
            return Poll::Ready(Ok(head.len()));
        }
        Pin::new(&mut self.socket).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_refusal(context))?;
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_refusal(context))?;
        ready!(Pin::new(&mut self.socket).poll_shutdown(context))?;
        if self.refusal.is_none() {
            return Poll::Ready(Ok(()));
        }
        // Closing a socket with unread data would discard the response: read the rest first. [`ConnectionMonitor`] limits
        // the time.
        let mut rest = [0; 4096];
        loop {
            let mut rest = ReadBuf::new(&mut rest);
            ready!(Pin::new(&mut self.socket).poll_read(context, &mut rest))?;
            if rest.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

/// Returns the response with a problem body, or `None` unless the bytes are an error response of hyper's own.
fn worded(bytes: &[u8]) -> Option<String> {
    let head = std::str::from_utf8(bytes).ok()?;
    let fields = head.strip_prefix("HTTP/1.1 ")?.strip_suffix("\r\n\r\n")?;
    let status = StatusCode::from_bytes(fields.get(..3)?.as_bytes()).ok()?;
    let problem = match status {
        StatusCode::BAD_REQUEST => Problem::new(
            ProblemKind::MalformedRequest,
            "malformed HTTP/1.1 request: check its request line and headers (RFC 9112)",
        ),
        StatusCode::URI_TOO_LONG => Problem::new(
            ProblemKind::AddressTooLong,
            "the URI is too long: send long data in the body, or in several requests",
        ),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Problem::new(
            ProblemKind::HeadersTooLarge,
            "the request headers are too large: send fewer cookies and shorter headers",
        ),
        _ => return None,
    };
    let body = serde_json::to_string(&problem).ok()?;
    let length = body.len();
    let described =
        format!("content-type: application/problem+json\r\ncontent-length: {length}\r\n");
    let head = head.replacen(EMPTY, &described, 1);
    head.contains(&described).then(|| head + &body)
}
