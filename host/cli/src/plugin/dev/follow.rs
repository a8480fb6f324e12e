use std::collections::HashSet;

use anyhow::Result;
use serde_json::json;

use crate::explain::{ids_of, proposals};
use crate::output::{Out, safe};
use crate::transcript::failure_name;
use crate::{run, words};
use regulars::host::Host;
use regulars::model::{InstallationId, Run, RunId, RunOutcome};
use regulars::store::{PageRequest, RunQuery};

/// Follows the runs of one plugin.
pub struct Follow {
    plugin: Option<InstallationId>,
    /// The newest runs, printed or older than the start.
    seen: HashSet<RunId>,
}

/// Maximum runs printed at once. `regulars run list` prints the others.
const MAX_RUNS: u32 = 100;

impl Follow {
    /// Follows the runs from now on.
    pub fn start(host: &Host) -> Result<Follow> {
        let newest = host.runs(&RunQuery::default(), PageRequest::first(MAX_RUNS))?;
        Ok(Follow {
            plugin: None,
            seen: newest.items.iter().map(|run| run.id).collect(),
        })
    }

    /// Sets the plugin to follow.
    pub fn plugin(&mut self, id: InstallationId) {
        self.plugin = Some(id);
    }

    /// Prints the runs since the last call, oldest first.
    pub fn show_new(&mut self, host: &Host, out: &mut Out) -> Result<()> {
        let newest = host.runs(&RunQuery::default(), PageRequest::first(MAX_RUNS))?;
        let all: HashSet<RunId> = newest.items.iter().map(|run| run.id).collect();
        if !self.seen.is_empty() && self.seen.is_disjoint(&all) {
            out.note("More runs than these happened: regulars run list");
        }
        for it in newest.items.iter().rev() {
            if !self.seen.contains(&it.id) && self.plugin.as_ref() == Some(&it.installation) {
                show(host, it, out)?;
            }
        }
        self.seen = all;
        Ok(())
    }
}

fn show(host: &Host, new_run: &Run, out: &mut Out) -> Result<()> {
    if out.json {
        return out.document(&json!({ "run": new_run }));
    }
    let paint = out.paint;
    let (about, zone) = run::customer_and_zone(host, new_run)?;
    out.line(format!(
        "\n{}{}  {}",
        paint.bold(&run::trigger(&new_run.trigger)),
        about,
        paint.dim(&format!("run {}", new_run.id)),
    ))?;
    match &new_run.outcome {
        RunOutcome::Completed if new_run.proposals.is_empty() => out.line("└─ nothing proposed")?,
        RunOutcome::Completed => {}
        RunOutcome::Failed { failure, detail } => {
            let text = format!("failed ({}): {}", failure_name(*failure), safe(detail, 500));
            out.line(format!("└─ {}", paint.red(&text)))?;
        }
    }
    let evidence = host.evidence(new_run)?;
    proposals(out, "", new_run, &evidence, &zone, ids_of(false))?;
    for log in &new_run.logs {
        let severity = format!("{:?}", log.severity).to_lowercase();
        out.line(paint.dim(&format!("log {severity}: {}", safe(&log.text, 500))))?;
    }
    out.line(paint.dim(&format!(
        "fuel {} · {} · {} of memory",
        words::count(new_run.fuel),
        words::duration(new_run.micros),
        words::bytes(new_run.peak_memory)
    )))
}
