//! Phrases that the text and the page share.

use jiff::tz::TimeZone;

use crate::output::safe;
use crate::words;
use regulars::model::*;
use regulars::rehearse::{HistogramBar, Occasions, PluginReport, Rehearsal, Sample};

/// Maximum bars; the last one sums up all beyond.
const BARS: usize = 12;
/// Returns the first and the last day of the window.
pub fn days(report: &Rehearsal, zone: &TimeZone) -> (String, String) {
    let end = report.window.until.as_millisecond() - 1;
    let last = Timestamp::from_millisecond(end).unwrap_or(report.window.until);
    (words::day(report.window.from, zone), words::day(last, zone))
}

/// Formats counts as `12 cards, 3 questions, 1 message sent, 4 tasks`.
pub fn contact_counts(report: &PluginReport) -> String {
    count_list(report.suggested, report.asked, report.sent, report.tasks)
}

pub fn count_list(suggested: u64, asked: u64, sent: u64, tasks: u64) -> String {
    let all = [
        (suggested, "card", "cards"),
        (asked, "question", "questions"),
        (sent, "message sent", "messages sent"),
        (tasks, "task", "tasks"),
    ];
    let some = all.iter().filter(|(number, ..)| *number > 0);
    let some: Vec<String> = some
        .map(|(number, one, many)| words::counted(*number, one, many))
        .collect();
    match some.is_empty() {
        true => "nothing that reaches a customer".to_owned(),
        false => some.join(", "),
    }
}

/// Describes the events that the plugins were called for.
pub fn occasions(it: &Occasions) -> String {
    let all = [
        (it.interactions, "interaction", "interactions"),
        (it.changes, "change of a record", "changes of records"),
        (it.schedules, "schedule", "schedules"),
        (it.timers, "timer", "timers"),
        (
            it.caused,
            "event that plugins caused",
            "events that plugins caused",
        ),
    ];
    let some = all.iter().filter(|(number, ..)| *number > 0);
    let some: Vec<String> = some
        .map(|(number, one, many)| words::counted(*number, one, many))
        .collect();
    match some.is_empty() {
        true => "no event that a plugin subscribes to".to_owned(),
        false => some.join(", "),
    }
}

/// Returns the customer's name, or `customer 0197…` if it is unknown.
pub fn display_name(name: Option<&String>, customer: CustomerId) -> String {
    match name {
        Some(name) => safe(name, 100),
        None => format!("customer {customer}"),
    }
}

/// Returns the bars, with those beyond the maximum in one.
pub fn bars(all: &[HistogramBar]) -> Vec<(String, u64)> {
    let mut bars: Vec<(String, u64)> = Vec::new();
    for (index, bar) in all.iter().enumerate() {
        match bars.last_mut() {
            Some((label, people)) if index >= BARS => {
                if !label.ends_with('+') {
                    label.push('+');
                }
                *people += bar.people;
            }
            _ => bars.push((bar.contacts.to_string(), bar.people)),
        }
    }
    bars
}

/// Describes the evidence, at most `most` interactions of it.
pub fn describe_evidence(sample: &Sample, zone: &TimeZone, limit: usize) -> String {
    let cited = sample.proposal.effect.because();
    let cited = cited.map_or(0, |because| because.evidence.len());
    let cited_interactions = sample.evidence.iter().take(limit);
    let mut named: Vec<String> = cited_interactions
        .map(|it| words::evidence(it, zone))
        .collect();
    if cited > named.len() {
        named.push(format!("{} more", cited - named.len()));
    }
    named.join(", ")
}

pub fn outcome(outcome: &VerdictOutcome, zone: &TimeZone) -> String {
    match outcome {
        VerdictOutcome::Allow => "allowed".to_owned(),
        VerdictOutcome::Defer { until: Some(until) } => {
            format!("deferred until {}", words::moment(*until, zone))
        }
        VerdictOutcome::Defer { until: None } => "deferred".to_owned(),
        VerdictOutcome::Deny => "denied".to_owned(),
        VerdictOutcome::HeldOut => "held back, to see what happens without it".to_owned(),
    }
}

/// Returns figures of the installed and of the new version.
pub fn compared_figures(
    before: &PluginReport,
    after: &PluginReport,
) -> [(&'static str, u64, u64); 9] {
    [
        ("runs", before.runs, after.runs),
        ("failed runs", before.failed, after.failed),
        ("fuel, median", before.fuel.p50, after.fuel.p50),
        ("fuel, 99th percentile", before.fuel.p99, after.fuel.p99),
        ("cards", before.suggested, after.suggested),
        ("questions", before.asked, after.asked),
        ("messages sent", before.sent, after.sent),
        ("tasks", before.tasks, after.tasks),
        ("proposals denied", denied(before), denied(after)),
    ]
}

fn denied(report: &PluginReport) -> u64 {
    report.proposals.iter().map(|it| it.denied).sum()
}
