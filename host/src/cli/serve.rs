use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde_json::json;
use tokio::net::TcpListener;

use super::limits::Flags;
use super::output::{Out, safe, shows_colours};
use super::{Global, words};
use crate::config::Transcripts;
use crate::host::{Host, NewKey};
use crate::http::Limits;
use crate::model::InstallationState;

/// Serve the HTTP API and run plugins on what happens
#[derive(Args)]
#[command(after_help = "\
The first start makes an admin key and prints it, this once; `regulars key create` makes others.
Logs go to standard error; set REGULARS_LOG to debug, or to regulars=debug,warn, for more. At info
they name no customer and nothing that was said.

SIGTERM or Ctrl-C stops it: new requests are answered 503 with retry-after, what is in flight finishes
within --grace, and what waits is there at the next start. A second one ends it at once.

Examples:
  regulars serve --plugins target/plugins --time-zone Europe/Berlin
  regulars serve --channels channels.toml
  regulars serve --db /var/lib/regulars/crm.db --listen 127.0.0.1:9000 --log-format json
  regulars serve --rate 1000/2000 --max-body 4194304 --grace 30s")]
pub struct Serve {
    /// Where to listen. Beyond this machine, put a proxy with TLS before it
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,

    /// Install every *.wasm of this directory, granting what it asks for; may be given again. What was once offered
    /// is not touched as long as its file is the same; a file that changed is an upgrade, which waits for
    /// `regulars plugin upgrade` where it asks for more, and what was uninstalled stays out
    #[arg(long, value_name = "DIR")]
    plugins: Vec<PathBuf>,

    /// Of the runs that complete, keep the transcript of one in N, to replay it; 1 of all, 0 of none.
    /// Runs that fail always keep theirs
    #[arg(long, value_name = "N", default_value_t = Transcripts::default().one_in)]
    transcripts: u32,

    /// How logs are written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Text)]
    log_format: LogFormat,

    #[command(flatten)]
    limits: Flags,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line for people
    Text,
    /// A JSON document on each line
    Json,
}

/// The name of the key that the first start makes.
pub const ADMIN: &str = "admin";

impl Serve {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        log_to_stderr(self.log_format);
        let runtime = runtime()?;
        // Before the database is opened: a second server on the same port must not run plugins.
        let listener = bind(&runtime, self.listen)?;
        let mut builder = global.builder().transcripts(Transcripts {
            one_in: self.transcripts,
            ..Transcripts::default()
        });
        for directory in &self.plugins {
            builder = builder.plugins(directory);
        }
        let host = global.build(builder)?;
        let key = match host.keys()?.is_empty() {
            true => Some(host.create_key(NewKey::admin(ADMIN))?.1),
            false => None,
        };
        let stop = stop_signal(&runtime);
        let address = listener.local_addr()?;
        if out.json {
            out.document(&json!({
                "address": format!("http://{address}"), "key": key, "db": global.db(),
                "plugins": loaded_json(&host),
            }))?;
        } else {
            out.line(format!(
                "Listening on {}",
                out.paint.bold(&format!("http://{address}"))
            ))?;
            out.line(format!("Database {}", global.db().display()))?;
            if let Some(key) = &key {
                out.line(format!(
                    "Admin key, shown this once: {}",
                    out.paint.bold(key)
                ))?;
            }
            loaded(&host, out)?;
        }
        out.flush()?;
        serve(runtime, listener, host, self.limits.limits(), stop, out)?;
        Ok(ExitCode::SUCCESS)
    }
}

pub fn runtime() -> Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().build().context("cannot start")
}

pub fn bind(runtime: &tokio::runtime::Runtime, address: SocketAddr) -> Result<TcpListener> {
    runtime
        .block_on(TcpListener::bind(address))
        .map_err(|error| {
            let why = match error.kind() {
                io::ErrorKind::AddrInUse => {
                    "something else listens there: choose another with --listen"
                }
                io::ErrorKind::PermissionDenied => {
                    "ports below 1024 are not for everyone: use another"
                }
                io::ErrorKind::AddrNotAvailable => "this machine does not have that address",
                _ => {
                    return anyhow::Error::new(error)
                        .context(format!("cannot listen on {address}"));
                }
            };
            anyhow::anyhow!("cannot listen on {address}: {why}")
        })
}

/// How long requests that block may go on once the server has ended, for what they did to be said. What
/// they are at is either committed or not.
const LEFT_OVER: Duration = Duration::from_secs(1);

/// Serves until it is told to stop.
pub fn serve(
    runtime: tokio::runtime::Runtime,
    listener: TcpListener,
    host: Host,
    limits: Limits,
    stop: impl Future<Output = ()> + Send + 'static,
    out: &Out,
) -> Result<()> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        out.note(format!(
            "warning: {address} can be reached from other machines, and keys travel as they are: put a proxy with TLS before it"
        ));
    }
    let served = runtime.block_on(crate::http::run_with(listener, host, limits, stop));
    // Dropped, it would wait for as long as the last of them takes.
    runtime.shutdown_timeout(LEFT_OVER);
    served?;
    out.note("Stopped.");
    Ok(())
}

/// Listens for SIGTERM and Ctrl-C from now on, so that a stop is not missed which comes as soon as the
/// server was announced. The first one asks for a stop, the second ends the process, which the
/// database survives.
pub fn stop_signal(runtime: &tokio::runtime::Runtime) -> impl Future<Output = ()> + Send + use<> {
    let _within = runtime.enter();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt());
        let terminate = signal(SignalKind::terminate());
        async move {
            let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) else {
                // Without a handler, the process ends the hard way.
                return std::future::pending().await;
            };
            let mut next = async move || {
                tokio::select! {
                    _ = interrupt.recv() => 130,
                    _ = terminate.recv() => 143,
                }
            };
            next().await;
            tokio::spawn(async move { std::process::exit(next().await) });
        }
    }
    #[cfg(not(unix))]
    async {
        drop(tokio::signal::ctrl_c().await);
    }
}

pub fn log_to_stderr(format: LogFormat) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::builder()
        .with_env_var("REGULARS_LOG")
        .with_default_directive(tracing_subscriber::filter::LevelFilter::INFO.into())
        .from_env_lossy();
    // What they tell at finer levels has addresses in it, of hosts and of people.
    let quiet = ["ureq", "ureq_proto", "rustls"].map(|it| format!("{it}=warn"));
    let quiet = quiet.iter().filter_map(|it| it.parse().ok());
    let filter = quiet.fold(filter, EnvFilter::add_directive);
    let logs = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        // It would say so on standard error too, and panic: logs may lie on the disk that is full.
        .log_internal_errors(false)
        .with_ansi(shows_colours(&io::stderr()))
        .with_env_filter(filter);
    // Only fails where somebody else has set one up, who then gets the logs.
    drop(match format {
        LogFormat::Text => logs.try_init(),
        LogFormat::Json => logs.json().try_init(),
    });
}

/// What is installed, a line each.
pub fn loaded(host: &Host, out: &mut Out) -> Result<()> {
    let installed = host.installations();
    if installed.is_empty() {
        return out.line("No plugins: regulars plugin install FILE, or --plugins DIR");
    }
    out.line(words::counted(
        installed.len() as u64,
        "plugin:",
        "plugins:",
    ))?;
    for it in installed {
        let state = match it.state {
            InstallationState::Enabled => "",
            InstallationState::Disabled => " (disabled)",
            InstallationState::Quarantined => " (quarantined)",
            InstallationState::Broken => " (broken: see regulars plugin list)",
        };
        let runs = crate::plugin::runs(&it.manifest);
        let version = safe(&it.manifest.version, 30);
        let name = format!("{} {version}", it.id);
        out.line(format!(
            "  {}{state}: {}",
            out.paint.bold(&name),
            safe(&runs.join("; "), 300)
        ))?;
    }
    Ok(())
}

pub fn loaded_json(host: &Host) -> Vec<serde_json::Value> {
    let installed = host.installations().into_iter();
    installed
        .map(|it| {
            json!({
                "id": it.id, "version": it.manifest.version, "digest": it.digest, "state": it.state,
                "subscribes": it.manifest.subscribes, "schedules": it.manifest.schedules,
            })
        })
        .collect()
}
