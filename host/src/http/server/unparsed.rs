//! Requests that cannot be read as HTTP: hyper refuses those by itself, with a status alone. Here they get the body
//! that every refusal has.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Bytes;
use axum::http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::connection::{Pace, Paced};
use crate::http::extract::problem::{Problem, ProblemKind};

/// What hyper writes in the head of a refusal of its own, and no answer of the router's has: those have a body.
const EMPTY: &str = "content-length: 0\r\n";

/// A socket on which hyper's refusals are put into words.
pub(crate) struct Worded {
    socket: Paced,
    pace: Arc<Pace>,
    /// What is to be sent of such a refusal.
    refusal: Option<Bytes>,
}

impl Worded {
    pub fn new(socket: Paced) -> Worded {
        Worded {
            pace: socket.pace.clone(),
            socket,
            refusal: None,
        }
    }

    /// Keeps these bytes back where they are such a refusal.
    fn keeps(&mut self, bytes: &[u8]) -> bool {
        // While a request is answered, all bytes are that answer's.
        if self.refusal.is_some() || self.pace.works() {
            return false;
        }
        self.refusal = worded(bytes).map(Bytes::from);
        self.refusal.is_some()
    }

    /// Sends what is kept back.
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
        // Closed with something unread, the refusal would be lost to its reader. How long the rest may take, the
        // pace says.
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

/// A refusal of hyper's, with a body; none where these bytes are none.
fn worded(bytes: &[u8]) -> Option<String> {
    let head = std::str::from_utf8(bytes).ok()?;
    let fields = head.strip_prefix("HTTP/1.1 ")?.strip_suffix("\r\n\r\n")?;
    let status = StatusCode::from_bytes(fields.get(..3)?.as_bytes()).ok()?;
    let problem = match status {
        StatusCode::BAD_REQUEST => Problem::new(
            ProblemKind::MalformedRequest,
            "this is no request of HTTP/1.1: look at its first line and its headers (RFC 9112)",
        ),
        StatusCode::URI_TOO_LONG => Problem::new(
            ProblemKind::AddressTooLong,
            "send what is long in a body, or in several requests",
        ),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Problem::new(
            ProblemKind::HeadersTooLarge,
            "send fewer and shorter headers, cookies and the like",
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
