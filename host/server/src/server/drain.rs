//! Drains the unread rest of a request body after an early response. A client that is still sending misses a
//! response if the connection closes. So the rest is read for a limited time and discarded.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use futures_util::StreamExt;
use hyper::body::{Frame, SizeHint};

/// Limits in bytes and time.
const MAX_BYTES: usize = 8 * 1024 * 1024;
const MAX_TIME: Duration = Duration::from_secs(1);

/// A slot to which a body returns if its reader drops it early.
#[derive(Clone, Default)]
pub(crate) struct BodySlot(Arc<Mutex<Option<Body>>>);

/// A body that returns to its slot when it is dropped early.
struct LentBody {
    body: Body,
    slot: BodySlot,
}

impl BodySlot {
    /// Wraps the body so that it returns to this slot.
    pub fn lend(&self, body: Body) -> Body {
        if body.is_end_stream() {
            return body;
        }
        let slot = self.clone();
        Body::new(LentBody { body, slot })
    }

    /// Reads and discards the returned body within the limits.
    pub async fn drain(self) {
        let body = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(body) = body else {
            return;
        };
        let drained = async {
            let (mut chunks, mut length) = (body.into_data_stream(), 0);
            while let Some(Ok(chunk)) = chunks.next().await {
                length += chunk.len();
                if length > MAX_BYTES {
                    break;
                }
            }
        };
        // Data beyond the limits ends with the connection.
        drop(tokio::time::timeout(MAX_TIME, drained).await);
    }
}

impl Drop for LentBody {
    fn drop(&mut self) {
        if !self.body.is_end_stream() {
            let body = std::mem::take(&mut self.body);
            *self.slot.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
        }
    }
}

impl HttpBody for LentBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
