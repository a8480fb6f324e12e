//! `regulars plugin rehearse`: what would have come of a plugin.

mod chart;
mod differences;
mod page;
mod phrases;
mod samples;
mod shown;
mod span;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};

use super::granting::Granting;
use super::obtain::RegistryArgs;
use super::{json_argument, named};
use crate::cli::Global;
use crate::cli::output::{Out, safe};
use crate::cli::serve::{runtime, stop_signal};
use crate::host::Host;
use crate::model::InstallationId;
use crate::rehearse::{Order, Progress, Rehearsal, RehearseRequest};

/// Try a plugin on what was: what it would have proposed, to whom, and what the policy would have said
#[derive(Args)]
#[command(after_help = "\
The plugin runs over the real history of every customer, imported history too, each event as of
its own time, beside the installed plugins and through the policy of today (--policy, --channels).
Nothing is written to the database, and nobody is contacted.

What is as of then: history, consents, suppressions, complaints, questions, tasks and messages.
What is as of now, since it is not recorded how it was: names, birthdays, time zones, topics,
pauses, channels, contact points; level and tags too, but for what the plugins change. Every
plugin begins with an empty memory. Nobody answers a question or a message, closes a task, or
comes because of what is proposed.

A plugin of the same id that is installed is left out: the new one runs in its place, with its
settings and, where it was granted less than it asked for, with what of that the new one still
asks for.

Ctrl-C ends it: what was found so far is told, marked as partial, and the exit code is 130. The
same database, component and time give the same report, byte for byte. --json prints it whole, in
a form that stays (“format”: 1).

Examples:
  regulars plugin rehearse target/plugins/considerate-birthday.wasm --last 90d
  regulars plugin rehearse ask-once.wasm --from 1997-01-01 --until 1998-06-30 --html report.html
  regulars plugin rehearse ask-once-2.wasm --against ask-once --json")]
pub struct Rehearse {
    /// A component's file, the id of an installed plugin, the name of one that ships, or
    /// oci://HOST/REPOSITORY:VERSION
    #[arg(value_name = "SOURCE|ID")]
    plugin: String,
    /// How long before the end: days, weeks or years, such as 90d, 12w, 1y
    #[arg(
        long,
        default_value = "90d",
        conflicts_with = "from",
        value_name = "TIME"
    )]
    last: span::Span,
    /// The first day where the business is, or an instant
    #[arg(long, value_name = "DAY|INSTANT")]
    from: Option<String>,
    /// The last day where the business is, or an instant [default: now]
    #[arg(long, value_name = "DAY|INSTANT")]
    until: Option<String>,
    /// Compare it with this installed plugin, in whose place it runs
    #[arg(long, value_name = "ID")]
    against: Option<InstallationId>,
    /// What it would be called here [default: the name it gives itself]
    #[arg(long, conflicts_with = "against")]
    id: Option<InstallationId>,
    /// Its settings, as JSON or @FILE
    #[arg(long, value_name = "JSON|@FILE")]
    settings: Option<String>,
    /// Decides between proposals of one purpose: higher goes first
    #[arg(long, allow_negative_numbers = true)]
    priority: Option<i32>,
    #[command(flatten)]
    granting: Granting,
    /// Write the report as a page too: one file, with charts, that needs nothing else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[command(flatten)]
    registry: RegistryArgs,
}

impl Rehearse {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_as_it_is()?;
        let (from, until) = span::window(
            &host,
            &self.last,
            self.from.as_deref(),
            self.until.as_deref(),
        )?;
        if let Some(folder) = self.html.as_deref().and_then(Path::parent)
            && !folder.as_os_str().is_empty()
            && !folder.is_dir()
        {
            bail!("--html: there is no folder {}", folder.display());
        }
        let found = named(&self.plugin, &self.registry, global, out, || {
            Ok(host.clone())
        })?;
        let installed = found.installation.map(|it| it.id);
        let mut request = RehearseRequest::new(found.wasm, from, until);
        if self.granting.says() {
            let asked = host.inspect(request.wasm.clone())?.grants;
            request.grants = Some(self.granting.apply(asked)?);
        }
        if let Some(settings) = &self.settings {
            request.settings = Some(json_argument("--settings", settings)?);
        }
        request.id = self.id.or(installed.filter(|_| self.against.is_none()));
        request.priority = self.priority;
        request.against = self.against;
        let report = rehearse(&host, request)
            .with_context(|| format!("{} cannot be rehearsed", safe(&self.plugin, 200)))?;
        if out.json {
            out.document(&report)?;
        } else {
            shown::show(out, &report)?;
        }
        // Last: what was found is not lost where the page cannot be written.
        if let Some(file) = &self.html {
            page::write(file, &report)?;
            out.note(format!("Wrote {}: it names people.", file.display()));
        }
        Ok(match report.partial {
            None => ExitCode::SUCCESS,
            Some(_) => ExitCode::from(130),
        })
    }
}

/// With a progress bar, and until Ctrl-C.
fn rehearse(host: &Host, request: RehearseRequest) -> Result<Rehearsal> {
    let watch = std::sync::Arc::new(Progress::new());
    let runtime = runtime()?;
    let stop = stop_signal(&runtime);
    let stopped = watch.clone();
    runtime.spawn(async move {
        stop.await;
        stopped.stop();
    });
    let bar = progress();
    let (done, ends) = mpsc::channel::<()>();
    let report = std::thread::scope(|scope| {
        let (bar, watch) = (&bar, &watch);
        scope.spawn(move || tell(bar, watch, &ends));
        let report = host.rehearse(request, watch);
        drop(done);
        report
    });
    bar.finish_and_clear();
    runtime.shutdown_background();
    Ok(report?)
}

/// Shows how far it is, ten times a second, until it is done.
fn tell(bar: &ProgressBar, watch: &Progress, ends: &mpsc::Receiver<()>) {
    while ends.recv_timeout(Duration::from_millis(100)) == Err(RecvTimeoutError::Timeout) {
        let progress = watch.snapshot();
        // Before all is counted, there is nothing to tell.
        if progress.total > 0 {
            if progress.order == Order::ByTime && bar.message().is_empty() {
                // What was before says nothing of how long this takes.
                bar.set_message("begun again, by time: ");
                bar.reset_eta();
            }
            bar.set_length(progress.total);
            bar.set_position(progress.done);
        }
    }
}

/// Hidden by itself where standard error is no terminal.
fn progress() -> ProgressBar {
    let style = ProgressStyle::with_template(
        "{msg}{bar:30} {percent:>3} %  {human_pos} of {human_len} events  {elapsed} elapsed{to_go}",
    );
    // As long as nothing is through, nobody knows how long the rest takes.
    let to_go = |state: &ProgressState, line: &mut dyn std::fmt::Write| {
        if state.pos() > 0 {
            let _ = write!(line, ", {:#} to go", HumanDuration(state.eta()));
        }
    };
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(0);
    bar.set_style(style.with_key("to_go", to_go));
    bar
}
