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
use regulars::config::Transcripts;
use regulars::host::{Host, NewKey};
use regulars::model::InstallationState;
use regulars_server::Limits;

/// Serve the HTTP API and run plugins on events
#[derive(Args)]
#[command(after_help = "\
The first start creates an admin key and prints it once; `regulars key create` creates more. Logs
go to standard error. Set REGULARS_LOG to debug, or to regulars=debug,warn, for more detail. At
level info they hold no personal data.

SIGTERM or Ctrl-C stops the server: new requests are answered 503 with Retry-After, and running
ones finish within --grace. Deferred work resumes at the next start. A second signal ends the
server at once.

Examples:
  regulars serve --plugins target/plugins --time-zone Europe/Berlin
  regulars serve --channels channels.toml
  regulars serve --db /var/lib/regulars/crm.db --listen 127.0.0.1:9000 --log-format json
  regulars serve --rate 1000/2000 --max-body 4194304 --grace 30s")]
pub struct Serve {
    /// Address to listen on. Outside this machine, put a TLS proxy in front
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,

    /// Install every *.wasm of this directory and grant what it asks for; repeatable. A changed
    /// file is
    /// an upgrade. An upgrade that asks for more waits for `regulars plugin upgrade`. A plugin that
    /// was
    /// uninstalled is not installed again
    #[arg(long, value_name = "DIR")]
    plugins: Vec<PathBuf>,

    /// Keep the transcript of one in N completed runs, for replay; 1 keeps all, 0 none. Failed runs
    /// always keep theirs
    #[arg(long, value_name = "N", default_value_t = Transcripts::default().one_in)]
    transcripts: u32,

    /// Format of the logs
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Text)]
    log_format: LogFormat,

    #[command(flatten)]
    limits: Flags,
}

/// The format of the logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One line per entry, for people
    Text,
    /// One JSON document per line
    Json,
}

/// Name of the key that the first start creates.
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
                "plugins": plugins_json(&host),
            }))?;
        } else {
            out.line(format!(
                "Listening on {}",
                out.paint.bold(&format!("http://{address}"))
            ))?;
            out.line(format!("Database {}", global.db().display()))?;
            if let Some(key) = &key {
                out.line(format!(
                    "Admin key, shown only once: {}",
                    out.paint.bold(key)
                ))?;
            }
            print_plugins(&host, out)?;
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
                io::ErrorKind::AddrInUse => "the port is in use: choose another with --listen",
                io::ErrorKind::PermissionDenied => {
                    "ports below 1024 need privileges: choose another with --listen"
                }
                io::ErrorKind::AddrNotAvailable => "this machine has no such address",
                _ => {
                    return anyhow::Error::new(error)
                        .context(format!("cannot listen on {address}"));
                }
            };
            anyhow::anyhow!("cannot listen on {address}: {why}")
        })
}

/// Time limit for blocking requests after the server has ended, so that they can report their
/// result. Their commits are atomic.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(1);

/// Serves until `stop` resolves.
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
            "warning: {address} can be reached from other machines, and keys are sent unencrypted: put a TLS proxy in front"
        ));
    }
    let served = runtime.block_on(regulars_server::run_with(listener, host, limits, stop));
    // Dropping the runtime would wait for the last blocking request.
    runtime.shutdown_timeout(SHUTDOWN_LIMIT);
    served?;
    out.note("Stopped.");
    Ok(())
}

/// Listens for SIGTERM and Ctrl-C from now on, so that a signal right after the start is not
/// missed. The first signal asks for a stop; the second ends the process, which the database
/// survives.
pub fn stop_signal(runtime: &tokio::runtime::Runtime) -> impl Future<Output = ()> + Send + use<> {
    let _within = runtime.enter();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt());
        let terminate = signal(SignalKind::terminate());
        async move {
            let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) else {
                // Without a handler, the signal ends the process.
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
    // At finer levels these crates log addresses of hosts and people.
    let quiet = ["ureq", "ureq_proto", "rustls"].map(|it| format!("{it}=warn"));
    let quiet = quiet.iter().filter_map(|it| it.parse().ok());
    let filter = quiet.fold(filter, EnvFilter::add_directive);
    let logs = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        // Reporting to standard error could panic: the logs may be on the disk that is full.
        .log_internal_errors(false)
        .with_ansi(shows_colours(&io::stderr()))
        .with_env_filter(filter);
    // Fails only if another subscriber is set, which then gets the logs.
    drop(match format {
        LogFormat::Text => logs.try_init(),
        LogFormat::Json => logs.json().try_init(),
    });
}

/// Prints the installed plugins, one per line.
pub fn print_plugins(host: &Host, out: &mut Out) -> Result<()> {
    let installed = host.installations();
    if installed.is_empty() {
        return out
            .line("No plugins. Add some with `regulars plugin install FILE` or --plugins DIR");
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
        let runs = regulars::plugin::runs(&it.manifest);
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

pub fn plugins_json(host: &Host) -> Vec<serde_json::Value> {
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
