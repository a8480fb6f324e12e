use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::Common;
use super::pass::{Counts, Importer, pace};
use crate::output::{Out, safe};
use crate::words;
use regulars::model::Json;

/// The result of an import.
pub struct Summary<'a> {
    pub counts: &'a Counts,
    pub extra_entries: &'a [(&'static str, u64, String)],
    pub rejects: Option<(PathBuf, Vec<String>)>,
    pub elapsed: Duration,
}

impl Summary<'_> {
    pub fn print<I: Importer>(
        &self,
        common: &Common,
        out: &mut Out,
        previews: &[Json],
    ) -> Result<()> {
        let Counts {
            rows,
            created,
            existing,
            rejected,
        } = *self.counts;
        let seconds = self.elapsed.as_secs_f64();
        if out.json {
            let mut summary = json!({
                "dry_run": common.dry_run, "rows": rows, "imported": created, "skipped": existing,
                "rejected": rejected, "seconds": seconds,
            });
            for (member, number, _) in self.extra_entries {
                summary[*member] = (*number).into();
            }
            if let Some((path, reasons)) = &self.rejects {
                summary["rejects"] = json!(path);
                summary["problems"] = json!(reasons);
            }
            if common.dry_run {
                summary["first"] = json!(previews);
            }
            return out.document(&summary);
        }
        for (index, record) in previews.iter().enumerate() {
            out.line(format!(
                "row {}: {}",
                index + 1,
                safe(&record.to_string(), 600)
            ))?;
        }
        let (one, many) = I::NOUN;
        let verb = if common.dry_run {
            "would be imported"
        } else {
            "imported"
        };
        out.line(format!("{} {verb}", words::counted(created, one, many)))?;
        for (_, _, text) in self
            .extra_entries
            .iter()
            .filter(|(_, number, _)| *number > 0)
        {
            out.line(text)?;
        }
        if existing > 0 {
            out.line(format!(
                "skipped {} already imported from “{}”",
                words::count(existing),
                safe(&common.source, 60)
            ))?;
        }
        if let Some((path, reasons)) = &self.rejects {
            out.line(format!(
                "{} rejected",
                words::counted(rejected, "row", "rows")
            ))?;
            for reason in reasons {
                out.line(format!("  {reason}"))?;
            }
            if rejected > reasons.len() as u64 {
                out.line("  …")?;
            }
            if !common.dry_run {
                out.line(format!(
                    "  all rejected rows, with reasons: {}",
                    path.display()
                ))?;
            }
        }
        if !common.dry_run {
            out.note(format!("{} in {seconds:.1} s", pace(rows, self.elapsed)));
        } else {
            out.note("Nothing was written: remove --dry-run to import.");
        }
        Ok(())
    }
}
