//! Bulk recording of interactions as NDJSON, read line by line. At most one batch is held in memory.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::ndjson::{Lines, NDJSON, Raw};
use crate::extract::problem::{Problem, internal};
use regulars::host::{Host, NewInteraction};
use regulars::model::InteractionId;

/// Number of rejected lines that a summary lists.
const MAX_LISTED: usize = 1000;

/// The result of one line.
#[derive(Serialize, ToSchema)]
pub(super) struct LineResult {
    /// Line number, from 1. Empty lines count.
    line: u64,
    /// HTTP status: 201 recorded, 200 recorded before, otherwise the status of the problem.
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<InteractionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// The result of a bulk request.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct BulkSummary {
    /// Number of lines that are not empty.
    lines: u64,
    recorded: u64,
    /// Interactions that had been recorded before.
    repeated: u64,
    refused: u64,
    /// The first 1,000 rejected lines.
    refusals: Vec<LineResult>,
}

/// Returns true if the `accept` header asks for one result per line.
pub(super) fn wants_results(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains(NDJSON))
}

/// Records the lines and streams one result for each.
pub(super) fn line_by_line(host: Host, lines: Lines, historical: bool) -> Response {
    let lines = results(host, lines, historical).map(|lines| Ok::<_, Infallible>(encode(&lines)));
    ([(header::CONTENT_TYPE, NDJSON)], Body::from_stream(lines)).into_response()
}

/// Records the lines and returns a summary.
pub(super) async fn summary(host: Host, lines: Lines, historical: bool) -> BulkSummary {
    let add = |mut summary: BulkSummary, lines| async move {
        summary.add(lines);
        summary
    };
    results(host, lines, historical)
        .fold(BulkSummary::default(), add)
        .await
}

impl BulkSummary {
    fn add(&mut self, lines: Vec<LineResult>) {
        for line in lines {
            self.lines += 1;
            match line.status {
                201 => self.recorded += 1,
                200 => self.repeated += 1,
                _ => {
                    self.refused += 1;
                    if self.refusals.len() < MAX_LISTED {
                        self.refusals.push(line);
                    }
                }
            }
        }
    }
}

fn encode(lines: &[LineResult]) -> Bytes {
    let mut text = Vec::new();
    for line in lines {
        // Plain data always serializes.
        drop(serde_json::to_writer(&mut text, line));
        text.push(b'\n');
    }
    text.into()
}

/// Results of the lines, one batch at a time, as fast as the stream's reader takes them.
fn results(host: Host, lines: Lines, historical: bool) -> impl Stream<Item = Vec<LineResult>> {
    stream::unfold((host, lines), move |(host, mut lines)| async move {
        let batch = lines.batch().await?;
        let worker = host.clone();
        let recorded =
            tokio::task::spawn_blocking(move || record_batch(&worker, batch, historical)).await;
        let recorded = recorded.unwrap_or_else(|panicked| {
            lines.ended = true;
            vec![LineResult::refused(
                lines.number,
                internal(&panicked.to_string()),
            )]
        });
        Some((recorded, (host, lines)))
    })
}

fn record_batch(host: &Host, batch: Vec<Raw>, historical: bool) -> Vec<LineResult> {
    let mut outcomes: Vec<Option<LineResult>> = Vec::with_capacity(batch.len());
    let mut readable = Vec::with_capacity(batch.len());
    for (number, raw) in batch {
        match raw.and_then(|text| crate::extract::json::parse::<NewInteraction>(&text)) {
            Ok(mut new) => {
                new.historical |= historical;
                outcomes.push(None);
                readable.push((number, new));
            }
            Err(problem) => outcomes.push(Some(LineResult::refused(number, problem))),
        }
    }
    let (numbers, new): (Vec<u64>, Vec<NewInteraction>) = readable.into_iter().unzip();
    let mut recorded = numbers
        .into_iter()
        .zip(host.record_all(new))
        .map(|(line, result)| match result {
            Ok(recorded) => LineResult {
                line,
                status: if recorded.repeated { 200 } else { 201 },
                id: Some(recorded.interaction.id),
                problem: None,
            },
            Err(error) => LineResult::refused(line, Problem::from(error).not_found_at("/customer")),
        });
    outcomes
        .into_iter()
        .filter_map(|outcome| outcome.or_else(|| recorded.next()))
        .collect()
}

impl LineResult {
    fn refused(line: u64, problem: Problem) -> LineResult {
        LineResult {
            line,
            status: problem.status,
            id: None,
            problem: Some(problem),
        }
    }
}
