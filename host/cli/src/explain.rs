use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use jiff::tz::TimeZone;

use super::output::{Out, Paint, safe};
use super::{Global, customer, words};
use regulars::host::{Explained, ExplainedRun, Occasion};
use regulars::model::*;
use regulars::store::PageRequest;

/// Explain why a customer was or was not contacted: events, plugins, proposals, verdicts and
/// results
#[derive(Args)]
#[command(after_help = "\
Examples:
  regulars explain 00042
  regulars explain ada@example.org --limit 50 --ids")]
pub struct Explain {
    /// Id, external id, email address, telephone number or name
    customer: String,
    /// Number of events, newest first
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Show the ids of events, runs, evidence and results
    #[arg(long)]
    ids: bool,
}

/// The `--ids` flag.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    Visible,
    Hidden,
}

pub fn ids_of(show: bool) -> Ids {
    if show { Ids::Visible } else { Ids::Hidden }
}

impl Explain {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let customer = customer::find(&host, &self.customer)?;
        let page = host.explain(customer.id, PageRequest::first(self.limit))?;
        if out.json {
            out.document(&serde_json::json!({
                "customer": customer, "events": page.items, "next": page.next,
            }))?;
            return Ok(ExitCode::SUCCESS);
        }
        let zone = host.zone_of(&customer);
        let name = out.paint.bold(&words::name_of(&customer));
        let level = words::level(customer.level);
        let since = words::day(customer.since, &zone);
        out.line(format!(
            "{name} · customer since {since} · wants contact: {level}"
        ))?;
        out.line(out.paint.dim(&customer.id.to_string()))?;
        if page.items.is_empty() {
            out.line("\nNo events yet. Imported history triggers no plugins.")?;
        }
        for event in &page.items {
            out.line("")?;
            tree(out, event, &zone, ids_of(self.ids))?;
        }
        if page.next.is_some() {
            out.note(format!("More events exist: use --limit {}", self.limit * 2));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn tree(out: &mut Out, event: &Explained, zone: &TimeZone, ids: Ids) -> Result<()> {
    let paint = out.paint;
    let when = words::moment(event.time, zone);
    match &event.occasion {
        Occasion::Event {
            event, cause, data, ..
        } => {
            let what = paint.bold(&words::event(data));
            out.line(format!("{when}  {what}{}", id(paint, ids, event)))?;
            if cause.is_some() {
                out.line(format!("│ {}", paint.dim("triggered by a plugin")))?;
            }
        }
        Occasion::Action { plugin, action } => {
            let what = format!("action {plugin}/{} called", safe(action, 64));
            out.line(format!("{when}  {}", paint.bold(&what)))?;
        }
    }
    if event.runs.is_empty() {
        out.line(format!("└─ {}", paint.dim("no plugin ran on it")))?;
    }
    let last = event.runs.len().saturating_sub(1);
    for (index, ExplainedRun { run, evidence }) in event.runs.iter().enumerate() {
        let (branch, below) = if index == last {
            ("└─", "   ")
        } else {
            ("├─", "│  ")
        };
        let plugin = paint.bold(run.installation.as_str());
        let attempt_note = match run.attempt {
            0 | 1 => String::new(),
            attempt => format!(" (try {attempt})"),
        };
        let result_text = match &run.outcome {
            RunOutcome::Failed { detail, .. } => {
                paint.red(&format!("failed: {}", safe(detail, 300)))
            }
            RunOutcome::Completed if run.proposals.is_empty() => "proposed nothing".to_owned(),
            RunOutcome::Completed => "proposed".to_owned(),
        };
        out.line(format!(
            "{branch} {plugin}{attempt_note} {result_text}{}",
            id(paint, ids, run.id)
        ))?;
        if run.proposals.is_empty() {
            for log in run.logs.iter().take(3) {
                let text = safe(&log.text, 300);
                out.line(format!("{below}  {}", paint.dim(&format!("“{text}”"))))?;
            }
        }
        proposals(out, below, run, evidence, zone, ids)?;
    }
    Ok(())
}

/// Prints a run's proposals as branches below `stem`.
pub fn proposals(
    out: &mut Out,
    stem: &str,
    run: &Run,
    evidence: &[Interaction],
    zone: &TimeZone,
    ids: Ids,
) -> Result<()> {
    let paint = out.paint;
    let last = run.proposals.len().saturating_sub(1);
    for (index, proposal) in run.proposals.iter().enumerate() {
        let (branch, below) = if index == last {
            ("└─", "   ")
        } else {
            ("├─", "│  ")
        };
        let effect = words::effect(&proposal.effect, zone);
        out.line(format!("{stem}{branch} {effect}"))?;
        let mut under = |text: String| out.line(format!("{stem}{below} {text}"));
        if let Some(text) = words::details(&proposal.effect) {
            under(text)?;
        }
        if let Some(because) = proposal.effect.because() {
            under(format!("because: {}", safe(&because.reason, 500)))?;
            under(evidence_line(because, evidence, zone, ids))?;
        }
        for verdict in &proposal.decision.verdicts {
            let text = format!("{}: {}", verdict.rule, safe(&verdict.detail, 300));
            under(paint.dim(&text))?;
        }
        let result = proposal
            .result
            .map_or(String::new(), |result| id(paint, ids, result));
        under(format!(
            "→ {}{result}",
            outcome(paint, &proposal.decision.outcome, zone)
        ))?;
    }
    Ok(())
}

/// Lists the evidence, newest first.
fn evidence_line(
    because: &Because,
    interactions: &[Interaction],
    zone: &TimeZone,
    ids: Ids,
) -> String {
    let cited: Vec<&Interaction> = because
        .evidence
        .iter()
        .filter_map(|id| {
            interactions
                .iter()
                .find(|interaction| interaction.id == *id)
        })
        .collect();
    let limit = if ids == Ids::Visible { usize::MAX } else { 4 };
    let mut named: Vec<String> = cited
        .iter()
        .take(limit)
        .map(|interaction| match ids {
            Ids::Visible => format!(
                "{} ({})",
                words::evidence(interaction, zone),
                interaction.id
            ),
            Ids::Hidden => words::evidence(interaction, zone),
        })
        .collect();
    let missing = because.evidence.len() - named.len();
    if missing > 0 {
        named.push(format!("{missing} more"));
    }
    format!("shown by: {}", named.join(", "))
}

fn outcome(paint: Paint, outcome: &VerdictOutcome, zone: &TimeZone) -> String {
    match outcome {
        VerdictOutcome::Allow => paint.green("allowed"),
        VerdictOutcome::Defer { until: Some(until) } => {
            paint.yellow(&format!("waits until {}", words::moment(*until, zone)))
        }
        VerdictOutcome::Defer { until: None } => paint.yellow("waits"),
        VerdictOutcome::Deny => paint.red("not allowed"),
        VerdictOutcome::HeldOut => paint.yellow("held back, to see what happens without it"),
    }
}

fn id(paint: Paint, ids: Ids, id: impl std::fmt::Display) -> String {
    match ids {
        Ids::Visible => paint.dim(&format!("  {id}")),
        Ids::Hidden => String::new(),
    }
}
