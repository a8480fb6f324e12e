//! Splits a request body into batches of lines, in bounded memory.

use std::mem::take;

use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::StreamExt;

use super::problem::Problem;
use super::{too_large, too_slow};
use crate::limits::Limits;

pub(crate) const NDJSON: &str = "application/x-ndjson";
/// Lines per batch.
const BATCH: usize = 500;

/// A line number with the line's bytes, or with the reason why it cannot be read.
pub(crate) type Raw = (u64, Result<Vec<u8>, Problem>);

/// Returns true for the media type of NDJSON and its other names.
pub(crate) fn is_ndjson(media_type: Option<&str>) -> bool {
    matches!(
        media_type,
        Some(NDJSON | "application/ndjson" | "application/jsonl")
    )
}

/// A reader of lines from a request body.
pub(crate) struct Lines {
    chunks: BodyDataStream,
    /// Received bytes that have not been scanned yet.
    chunk: Bytes,
    /// The start of an incomplete line.
    begun: Vec<u8>,
    /// True while the rest of an oversized line is dropped.
    skipping: bool,
    /// Number of the last returned line, from 1.
    pub(crate) number: u64,
    pub(crate) ended: bool,
    limits: Limits,
}

impl Lines {
    pub(crate) fn new(body: Body, limits: &Limits) -> Lines {
        let chunks = body.into_data_stream();
        Lines {
            chunks,
            chunk: Bytes::new(),
            begun: Vec::new(),
            skipping: false,
            number: 0,
            ended: false,
            limits: limits.clone(),
        }
    }

    /// Returns the next lines, or `None` at the end.
    pub(crate) async fn batch(&mut self) -> Option<Vec<Raw>> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < BATCH && bytes < self.limits.max_body {
            let next = tokio::time::timeout(self.limits.body_timeout, self.next()).await;
            let Some((number, raw)) = next.unwrap_or_else(|_| self.give_up()) else {
                break;
            };
            bytes += raw.as_ref().map_or(0, Vec::len);
            batch.push((number, raw));
        }
        if batch.is_empty() { None } else { Some(batch) }
    }

    /// Returns the next line that is not empty.
    async fn next(&mut self) -> Option<Raw> {
        loop {
            while let Some(at) = self.chunk.iter().position(|byte| *byte == b'\n') {
                let end = self.chunk.split_to(at + 1);
                self.keep(&end);
                if let Some(raw) = self.give() {
                    return Some(raw);
                }
            }
            let rest = take(&mut self.chunk);
            self.keep(&rest);
            match if self.ended {
                None
            } else {
                self.chunks.next().await
            } {
                Some(Ok(chunk)) => self.chunk = chunk,
                // The connection broke: complete lines are recorded, an incomplete one is not.
                Some(Err(_)) => {
                    self.ended = true;
                    self.skipping = false;
                    self.begun.clear();
                }
                None => {
                    self.ended = true;
                    if self.begun.is_empty() && !self.skipping {
                        return None;
                    }
                    if let Some(raw) = self.give() {
                        return Some(raw);
                    }
                }
            }
        }
    }

    /// Ends the input after a timeout. Complete lines are recorded, an incomplete one is not.
    fn give_up(&mut self) -> Option<Raw> {
        if std::mem::replace(&mut self.ended, true) {
            return None;
        }
        self.skipping = false;
        self.begun.clear();
        Some((self.number + 1, Err(too_slow(&self.limits))))
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.skipping |= self.begun.len() + bytes.len() > self.limits.max_body;
        if self.skipping {
            self.begun.clear();
        } else {
            self.begun.extend_from_slice(bytes);
        }
    }

    /// Completes the current line.
    fn give(&mut self) -> Option<Raw> {
        self.number += 1;
        let line = take(&mut self.begun);
        if take(&mut self.skipping) {
            return Some((self.number, Err(too_large(self.limits.max_body))));
        }
        (!line.trim_ascii().is_empty()).then_some((self.number, Ok(line)))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    async fn numbers(chunks: Vec<&'static [u8]>) -> Vec<(u64, bool)> {
        let body = Body::from_stream(stream::iter(
            chunks.into_iter().map(Ok::<_, std::io::Error>),
        ));
        let mut lines = Lines::new(body, &Limits::default());
        let mut seen = Vec::new();
        while let Some((number, raw)) = lines.next().await {
            seen.push((number, raw.is_ok()));
        }
        seen
    }

    #[tokio::test]
    async fn lines_are_found_across_chunks_and_long_ones_are_skipped() {
        assert_eq!(
            numbers(vec![b"{}\n{", b"}\n\n", b"{}"]).await,
            [(1, true), (2, true), (4, true)]
        );
        assert_eq!(numbers(vec![]).await, []);
        let long: &'static [u8] = vec![b'x'; Limits::default().max_body].leak();
        assert_eq!(
            numbers(vec![long, b"yy", long, b"\n{}\n"]).await,
            [(1, false), (2, true)]
        );
    }
}
