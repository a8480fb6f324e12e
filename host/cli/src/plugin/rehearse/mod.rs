//! `regulars plugin rehearse`: a plugin's effects on past events.

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

use super::granting::GrantArgs;
use super::obtain::RegistryArgs;
use super::{find_plugin, json_argument};
use crate::Global;
use crate::output::{Out, safe};
use crate::serve::{runtime, stop_signal};
use regulars::host::Host;
use regulars::model::InstallationId;
use regulars::rehearse::{Order, Progress, Rehearsal, RehearseRequest};

/// Rehearse a plugin on past events: its proposals, the customers and the verdicts of the policy
#[derive(Args)]
#[command(after_help = "\
The plugin runs over the recorded history of every customer, including imported history. Each
event is seen as of its own time, beside the installed plugins and with today's policy (--policy,
--channels). Nothing is written to the database or sent.

As of the time of the event: history, consents, suppressions, complaints, questions, tasks and
messages. As of now, because earlier values are not recorded: names, birthdays, time zones,
topics, pauses, channels and contact points; also level and tags, except for changes by plugins.
Every plugin starts without memories. No customer answers a question or a message, and no task is
closed. No customer comes because of a proposal.

An installed plugin of the same id is left out: the new one takes its place, with its settings. If
the installed one was granted less than it asked for, the new one gets the same grants, as far as
it still asks for them.

Ctrl-C stops the rehearsal: the report is printed so far, marked as partial, and the exit code is
130. The same database, component and time give the same report, byte for byte. --json prints the
whole report, in a stable format (“format”: 1).

Examples:
  regulars plugin rehearse target/plugins/considerate-birthday.wasm --last 90d
  regulars plugin rehearse ask-once.wasm --from 1997-01-01 --until 1998-06-30 --html report.html
  regulars plugin rehearse ask-once-2.wasm --against ask-once --json")]
pub struct Rehearse {
    /// Component file, id of an installed plugin, name of a plugin of the catalogue, or
    /// oci://HOST/REPOSITORY:VERSION
    #[arg(value_name = "SOURCE|ID")]
    plugin: String,
    /// Length of the window before its end: days, weeks or years, such as 90d, 12w, 1y
    #[arg(
        long,
        default_value = "90d",
        conflicts_with = "from",
        value_name = "TIME"
    )]
    last: span::Span,
    /// First day in the business's time zone, or an instant
    #[arg(long, value_name = "DAY|INSTANT")]
    from: Option<String>,
    /// Last day in the business's time zone, or an instant [default: now]
    #[arg(long, value_name = "DAY|INSTANT")]
    until: Option<String>,
    /// Compare the plugin with this installed one, which it replaces
    #[arg(long, value_name = "ID")]
    against: Option<InstallationId>,
    /// Id of the plugin [default: its name]
    #[arg(long, conflicts_with = "against")]
    id: Option<InstallationId>,
    /// Settings, as JSON or @FILE
    #[arg(long, value_name = "JSON|@FILE")]
    settings: Option<String>,
    /// Priority among proposals of one purpose: higher goes first
    #[arg(long, allow_negative_numbers = true)]
    priority: Option<i32>,
    #[command(flatten)]
    granting: GrantArgs,
    /// Write the report also as a self-contained HTML page with charts
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
            bail!("invalid --html: no folder {}", folder.display());
        }
        let found = find_plugin(&self.plugin, &self.registry, global, out, || {
            Ok(host.clone())
        })?;
        let installed = found.installation.map(|it| it.id);
        let mut request = RehearseRequest::new(found.wasm, from, until);
        if self.granting.is_given() {
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
            .with_context(|| format!("cannot rehearse {}", safe(&self.plugin, 200)))?;
        if out.json {
            out.document(&report)?;
        } else {
            shown::show(out, &report)?;
        }
        // Written last: if it fails, the report was already printed.
        if let Some(file) = &self.html {
            page::write(file, &report)?;
            out.note(format!(
                "Wrote {}. It names people: it holds personal data.",
                file.display()
            ));
        }
        Ok(match report.partial {
            None => ExitCode::SUCCESS,
            Some(_) => ExitCode::from(130),
        })
    }
}

/// Rehearses with a progress bar. Ctrl-C stops it.
fn rehearse(host: &Host, request: RehearseRequest) -> Result<Rehearsal> {
    let watch = std::sync::Arc::new(Progress::new());
    let runtime = runtime()?;
    let stop = stop_signal(&runtime);
    let stop_watch = watch.clone();
    runtime.spawn(async move {
        stop.await;
        stop_watch.stop();
    });
    let bar = progress();
    let (done, ends) = mpsc::channel::<()>();
    let report = std::thread::scope(|scope| {
        let (bar, watch) = (&bar, &watch);
        scope.spawn(move || update_bar(bar, watch, &ends));
        let report = host.rehearse(request, watch);
        drop(done);
        report
    });
    bar.finish_and_clear();
    runtime.shutdown_background();
    Ok(report?)
}

/// Updates the progress bar ten times a second until the rehearsal ends.
fn update_bar(bar: &ProgressBar, watch: &Progress, ends: &mpsc::Receiver<()>) {
    while ends.recv_timeout(Duration::from_millis(100)) == Err(RecvTimeoutError::Timeout) {
        let progress = watch.snapshot();
        // The total is 0 until all events are counted.
        if progress.total > 0 {
            if progress.order == Order::ByTime && bar.message().is_empty() {
                // The earlier pace says nothing about this one.
                bar.set_message("restarted, in order of time: ");
                bar.reset_eta();
            }
            bar.set_length(progress.total);
            bar.set_position(progress.done);
        }
    }
}

/// Returns a progress bar. It hides itself if standard error is no terminal.
fn progress() -> ProgressBar {
    let style = ProgressStyle::with_template(
        "{msg}{bar:30} {percent:>3} %  {human_pos} of {human_len} events  {elapsed} elapsed{to_go}",
    );
    // Without progress there is no estimate.
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
