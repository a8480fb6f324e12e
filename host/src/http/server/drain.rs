//! What is left of a body when the answer is there already. A client that is busy sending does not
//! see an answer on a connection that is closed under it: the rest is taken for a while, and thrown
//! away.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use futures_util::StreamExt;
use hyper::body::{Frame, SizeHint};

/// How much, and how long.
const BYTES: usize = 8 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(1);

/// Where a body's rest is put by whoever does not want it.
#[derive(Clone, Default)]
pub(crate) struct Rest(Arc<Mutex<Option<Body>>>);

/// A body that is put back where it is dropped too early.
struct Lent {
    body: Body,
    rest: Rest,
}

impl Rest {
    /// The body, lent.
    pub fn of(&self, body: Body) -> Body {
        if body.is_end_stream() {
            return body;
        }
        let rest = self.clone();
        Body::new(Lent { body, rest })
    }

    /// Takes what was put back, as far as patience goes.
    pub async fn drain(self) {
        let body = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(body) = body else {
            return;
        };
        let taken = async {
            let (mut chunks, mut length) = (body.into_data_stream(), 0);
            while let Some(Ok(chunk)) = chunks.next().await {
                length += chunk.len();
                if length > BYTES {
                    break;
                }
            }
        };
        // What still comes after that ends with the connection.
        drop(tokio::time::timeout(PATIENCE, taken).await);
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if !self.body.is_end_stream() {
            let body = std::mem::take(&mut self.body);
            *self.rest.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
        }
    }
}

impl HttpBody for Lent {
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
