//! `regulars plugin dev`: the development loop of a plugin author.

mod follow;
mod stage;
mod watch;
mod worker;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::build::{Built, Project, Toolchain, relative};
use super::json_argument;
use crate::output::{Out, safe};
use crate::serve::{runtime, stop_signal};
use crate::{Global, words};
use follow::Follow;
use regulars::host::InstallRequest;
use regulars::model::{Digest, Json};
use stage::DevHost;
use watch::{IgnoredPaths, Watch};
use worker::Worker;

/// Rebuild a plugin on every save, reload it in a running host and show its runs
#[derive(Args)]
#[command(after_help = "\
Without --db, and whatever REGULARS_DB says, a development host is used: that of `regulars demo`,
with sample customers, in regulars-dev.db in cargo's target folder, created anew at each start.
With --db, the plugin is installed there. A server that runs on that database picks up each build
within two seconds; if none runs, this command serves it.

The plugin gets all grants that it asks for, keeps its memory and stays installed. A build that
fails, or that no host accepts, is reported, and the previous build stays active. Path
dependencies are not watched.

Each run is printed with its effects, their decisions, its logs and its fuel. --json prints one
document per build and per run. Ctrl-C stops the command.

Examples:
  regulars plugin dev
  regulars plugin dev plugins/late-return --settings '{\"days\": 3}'
  regulars plugin dev --db crm.db")]
pub struct Dev {
    /// Folder with the plugin's Cargo.toml
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
    /// Settings of the plugin, as JSON or @FILE
    #[arg(long, value_name = "JSON|@FILE")]
    settings: Option<String>,
    /// Address to listen on, if no server runs on the database
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    #[command(flatten)]
    toolchain: Toolchain,
}

/// The input of the loop.
enum Input {
    /// A file of the project may have changed.
    Saved,
    /// A build has ended.
    Built(Box<Result<Built>>),
    Stop,
}

/// Quiet time after a change before a build starts: editors save in several steps.
const SETTLE_TIME: Duration = Duration::from_millis(100);
/// Interval for polling the database for new runs, which another process may write.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

impl Dev {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let settings = match &self.settings {
            Some(text) => Some(json_argument("--settings", text)?),
            None => None,
        };
        let project = Project::of(&self.folder)?;
        self.toolchain.check_target(&project)?;
        let (inputs_tx, inputs) = channel();
        let runtime = runtime()?;
        let stop = stop_signal(&runtime);
        let stop_tx = inputs_tx.clone();
        runtime.spawn(async move {
            stop.await;
            drop(stop_tx.send(Input::Stop));
        });
        // Before the first build, so that no save is missed meanwhile.
        let ignored = IgnoredPaths {
            target: project.workspace.target.clone(),
            db: std::path::absolute(global.db())?,
        };
        let watch = Watch::start(project.package.folder.clone(), ignored, inputs_tx.clone())?;
        let dev_host = DevHost::open(global, &runtime, self.listen, &project, out)?;
        let mut session = Session {
            follow: Follow::start(&dev_host.host)?,
            dev_host,
            settings,
            running: None,
            project,
        };
        session.announce(out)?;
        let ended = session.run_loop(watch, inputs_tx, inputs, out);
        session.dev_host.shut_down(runtime);
        ended?;
        out.note("Stopped.");
        Ok(ExitCode::SUCCESS)
    }
}

/// A running loop.
struct Session {
    project: Project,
    dev_host: DevHost,
    follow: Follow,
    settings: Option<Json>,
    /// The build that was installed last.
    running: Option<Digest>,
}

impl Session {
    fn announce(&self, out: &mut Out) -> Result<()> {
        let folder = &self.project.package.folder;
        if out.json {
            let document = json!({ "watching": folder, "host": self.dev_host.to_json()? });
            out.document(&document)?;
        } else {
            self.dev_host.announce(out)?;
            out.line(format!(
                "Watching     {}. Ctrl-C stops it.",
                folder.display()
            ))?;
        }
        out.flush()
    }

    fn run_loop(
        &mut self,
        watch: Watch,
        inputs_tx: Sender<Input>,
        inputs: Receiver<Input>,
        out: &mut Out,
    ) -> Result<()> {
        let mut worker = Worker::new(inputs_tx);
        let ended = self.until_stopped(watch, &mut worker, inputs, out);
        worker.end();
        ended
    }

    fn until_stopped(
        &mut self,
        mut watch: Watch,
        worker: &mut Worker,
        inputs: Receiver<Input>,
        out: &mut Out,
    ) -> Result<()> {
        watch.changed();
        worker.build(&self.project)?;
        let mut build_at = None;
        loop {
            match inputs.recv_timeout(POLL_INTERVAL) {
                Ok(Input::Saved) => build_at = Some(Instant::now() + SETTLE_TIME),
                Ok(Input::Built(built)) => {
                    worker.done();
                    self.on_built(*built, out)?;
                }
                Ok(Input::Stop) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let is_settled = build_at.is_some_and(|at| Instant::now() >= at);
            if is_settled && !worker.busy() {
                build_at = None;
                if watch.changed() {
                    worker.build(&self.project)?;
                }
            }
            self.follow.show_new(&self.dev_host.host, out)?;
            out.flush()?;
        }
    }

    fn on_built(&mut self, built: Result<Built>, out: &mut Out) -> Result<()> {
        let installed = built.and_then(|built| self.install(built, out));
        if let Err(error) = installed {
            let hint = match self.running {
                Some(_) => "the previous build stays active",
                None => "save a file to build again",
            };
            if out.json {
                let text = safe(&format!("{error:#}"), 1000);
                out.document(&json!({ "failed": text, "running": self.running }))?;
            } else {
                let text = safe(&format!("not reloaded: {error:#}"), 1000);
                out.line(format!("{}; {hint}", out.paint.red(&text)))?;
            }
        }
        Ok(())
    }

    fn install(&mut self, built: Built, out: &mut Out) -> Result<()> {
        let inspection = built.inspection;
        if self.running == Some(inspection.digest) {
            if !out.json {
                out.line(out.paint.dim("saved: the component is unchanged"))?;
            }
            return Ok(());
        }
        let source = self.project.file.display().to_string();
        let mut request = InstallRequest::new(built.wasm, source);
        request.settings = self.settings.clone();
        request.replace = true;
        let installed = self.dev_host.host.install(request)?;
        self.running = Some(installed.digest);
        self.follow.plugin(installed.id.clone());
        if out.json {
            return out.document(&json!({
                "reloaded": installed.id, "version": installed.manifest.version,
                "digest": installed.digest, "size": inspection.size, "file": self.project.file,
            }));
        }
        let name = format!("{} {}", installed.id, safe(&installed.manifest.version, 64));
        out.line(format!(
            "{} {}, {}, from {}{}",
            out.paint.green("reloaded"),
            out.paint.bold(&name),
            words::bytes(inspection.size),
            relative(&self.project.file).display(),
            self.dev_host.reload_note(),
        ))?;
        self.project.warn_on_mismatch(&inspection, out);
        Ok(())
    }
}
