//! `regulars plugin dev`: the loop of somebody who writes a plugin.

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

use super::build::{Built, Project, Toolchain, near};
use super::json_argument;
use crate::cli::output::{Out, safe};
use crate::cli::serve::{runtime, stop_signal};
use crate::cli::{Global, words};
use crate::host::InstallRequest;
use crate::model::{Digest, Json};
use follow::Follow;
use stage::Stage;
use watch::{Watch, Without};
use worker::Worker;

/// Build a plugin whenever it is saved, put it into a host that runs, and show what it does
#[derive(Args)]
#[command(after_help = "\
Without --db, whatever REGULARS_DB says, the host is one of its own: that of `regulars demo`, with
invented customers, in regulars-dev.db where cargo builds, made anew each time. With --db, it is
that database's: a server that runs on it takes each build up within a second or two; where none
runs, this serves it.

The plugin is granted what it asks for, keeps its memory, and stays installed. What does not
compile, or what no host would take, is told, and the build before runs on. Crates that it depends
on by path are not watched.

Each run is shown with its effects and what was decided about them, its logs and its fuel; --json
prints a document for each build and each run. Ctrl-C ends it.

Examples:
  regulars plugin dev
  regulars plugin dev plugins/late-return --settings '{\"days\": 3}'
  regulars plugin dev --db crm.db")]
pub struct Dev {
    /// The folder of its Cargo.toml
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
    /// Its settings, as JSON or @FILE
    #[arg(long, value_name = "JSON|@FILE")]
    settings: Option<String>,
    /// Where to listen, where no server runs
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    #[command(flatten)]
    toolchain: Toolchain,
}

/// What the loop waits for.
enum Happening {
    /// A file of the project changed, perhaps.
    Saved,
    /// A build ended.
    Built(Box<Result<Built>>),
    Stop,
}

/// Whoever saves a file often saves several, or one in several steps: so long nothing must happen.
const CALM: Duration = Duration::from_millis(100);
/// How often a database is asked for new runs, which another process may write.
const LOOK: Duration = Duration::from_millis(100);

impl Dev {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let settings = match &self.settings {
            Some(text) => Some(json_argument("--settings", text)?),
            None => None,
        };
        let project = Project::of(&self.folder)?;
        self.toolchain.ready(&project)?;
        let (tell, happenings) = channel();
        let runtime = runtime()?;
        let stop = stop_signal(&runtime);
        let stopped = tell.clone();
        runtime.spawn(async move {
            stop.await;
            drop(stopped.send(Happening::Stop));
        });
        // Before the first build, so that nothing is missed which is saved meanwhile.
        let without = Without {
            target: project.workspace.target.clone(),
            db: std::path::absolute(global.db())?,
        };
        let watch = Watch::start(project.package.folder.clone(), without, tell.clone())?;
        let stage = Stage::open(global, &runtime, self.listen, &project, out)?;
        let mut session = Session {
            follow: Follow::start(&stage.host)?,
            stage,
            settings,
            running: None,
            project,
        };
        session.announce(out)?;
        let ended = session.repeat(watch, tell, happenings, out);
        session.stage.end(runtime);
        ended?;
        out.note("Stopped.");
        Ok(ExitCode::SUCCESS)
    }
}

/// What goes on until somebody stops it.
struct Session {
    project: Project,
    stage: Stage,
    follow: Follow,
    settings: Option<Json>,
    /// The build that was installed last.
    running: Option<Digest>,
}

impl Session {
    fn announce(&self, out: &mut Out) -> Result<()> {
        let folder = &self.project.package.folder;
        if out.json {
            let said = json!({ "watching": folder, "host": self.stage.document()? });
            out.document(&said)?;
        } else {
            self.stage.announce(out)?;
            out.line(format!(
                "Watching     {}. Ctrl-C ends it.",
                folder.display()
            ))?;
        }
        out.flush()
    }

    fn repeat(
        &mut self,
        watch: Watch,
        tell: Sender<Happening>,
        happenings: Receiver<Happening>,
        out: &mut Out,
    ) -> Result<()> {
        let mut worker = Worker::new(tell);
        let ended = self.until_stopped(watch, &mut worker, happenings, out);
        worker.end();
        ended
    }

    fn until_stopped(
        &mut self,
        mut watch: Watch,
        worker: &mut Worker,
        happenings: Receiver<Happening>,
        out: &mut Out,
    ) -> Result<()> {
        watch.changed();
        worker.build(&self.project)?;
        let mut calm_at = None;
        loop {
            match happenings.recv_timeout(LOOK) {
                Ok(Happening::Saved) => calm_at = Some(Instant::now() + CALM),
                Ok(Happening::Built(built)) => {
                    worker.done();
                    self.built(*built, out)?;
                }
                Ok(Happening::Stop) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let calm = calm_at.is_some_and(|at| Instant::now() >= at);
            if calm && !worker.busy() {
                calm_at = None;
                if watch.changed() {
                    worker.build(&self.project)?;
                }
            }
            self.follow.show_new(&self.stage.host, out)?;
            out.flush()?;
        }
    }

    fn built(&mut self, built: Result<Built>, out: &mut Out) -> Result<()> {
        let installed = built.and_then(|built| self.install(built, out));
        if let Err(error) = installed {
            let runs_on = match self.running {
                Some(_) => "the build before runs on",
                None => "it is built again when a file is saved",
            };
            if out.json {
                let text = safe(&format!("{error:#}"), 1000);
                out.document(&json!({ "failed": text, "running": self.running }))?;
            } else {
                let text = safe(&format!("not reloaded: {error:#}"), 1000);
                out.line(format!("{}; {runs_on}", out.paint.red(&text)))?;
            }
        }
        Ok(())
    }

    fn install(&mut self, built: Built, out: &mut Out) -> Result<()> {
        let inspection = built.inspection;
        if self.running == Some(inspection.digest) {
            if !out.json {
                out.line(out.paint.dim("saved, and built the same component"))?;
            }
            return Ok(());
        }
        let source = self.project.file.display().to_string();
        let mut request = InstallRequest::new(built.wasm, source);
        request.settings = self.settings.clone();
        request.replace = true;
        let installed = self.stage.host.install(request)?;
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
            near(&self.project.file).display(),
            self.stage.when(),
        ))?;
        self.project.remarks(&inspection, out);
        Ok(())
    }
}
