//! `regulars demo`: a sample gym and supermarket with history.

mod gym;
mod seed;
mod supermarket;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use super::output::Out;
use super::serve::{
    ADMIN, LogFormat, bind, log_to_stderr, plugins_json, print_plugins, runtime, serve, stop_signal,
};
use super::{Global, words};
use regulars::Error;
use regulars::config::Transcripts;
use regulars::host::{Host, NewKey, is_running};
use regulars::model::CustomerId;
use regulars_server::Limits;
use seed::Seed;

/// Serve a sample gym and supermarket, and print commands to try
#[derive(Args)]
#[command(after_help = "\
All customers are fictional. The database is created anew: ./regulars-demo.db, or that of --db.

Example:
  regulars demo --plugins target/plugins")]
pub struct Demo {
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,

    /// Folder of plugins to install; repeatable [default: target/plugins]
    #[arg(long, value_name = "DIR")]
    plugins: Vec<PathBuf>,

    /// Replace the demo database that --db names
    #[arg(long)]
    fresh: bool,
}

const DEFAULT_DB: &str = "regulars-demo.db";
const DEFAULT_PLUGINS: &str = "target/plugins";

impl Demo {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        log_to_stderr(LogFormat::Text);
        let plugins = self.plugins()?;
        let runtime = runtime()?;
        // Before anything is removed: an earlier demo may still serve this database, and holds the
        // port.
        let listener = bind(&runtime, self.listen)?;
        let db = global.db.as_deref().unwrap_or(Path::new(DEFAULT_DB));
        let fresh = self.fresh || global.db.is_none();
        remove_demo(db, fresh, out)?;

        let local = listener.local_addr()?;
        let address = format!("http://{local}");
        // Links must be encrypted or lead to this machine.
        let links = match local.ip().is_loopback() {
            true => address.clone(),
            false => format!("http://localhost:{}", local.port()),
        };
        let mut builder = Host::builder()
            .sqlite(db)
            .time_zone(global.time_zone.clone())
            .public_url(links)
            // The customers are fictional, and every run can be replayed.
            .transcripts(Transcripts {
                one_in: 1,
                ..Transcripts::default()
            });
        for directory in &plugins {
            builder = builder.plugins(directory);
        }
        let host = builder.build()?;
        let ada = seed_all(&host)?;
        let (_, key) = host.create_key(NewKey::admin(ADMIN))?;
        let stop = stop_signal(&runtime);
        let examples = examples(&address, &key, ada, &host.page_link(ada)?.url);
        if out.json {
            out.document(&json!({
                "address": address, "key": key, "db": db, "plugins": plugins_json(&host),
                "counts": host.counts()?, "try": examples.map(|(_, line)| line),
            }))?;
        } else {
            let counts = host.counts()?;
            out.line(format!("Listening on {}", out.paint.bold(&address)))?;
            out.line(format!("Admin key    {}", out.paint.bold(&key)))?;
            out.line(format!(
                "Database     {}: {} with {}",
                db.display(),
                words::counted(counts.customers, "customer", "customers"),
                words::counted(counts.interactions, "interaction", "interactions"),
            ))?;
            print_plugins(&host, out)?;
            for (what, line) in &examples {
                out.line(format!("\n{}", out.paint.bold(what)))?;
                out.line(line)?;
            }
            let db = db.display();
            out.line(format!(
                "\nSee the reasons: regulars explain \"Ada Berger\" --db {db}\nCtrl-C stops the server."
            ))?;
        }
        out.flush()?;
        serve(runtime, listener, host, Limits::default(), stop, out)?;
        Ok(ExitCode::SUCCESS)
    }

    fn plugins(&self) -> Result<Vec<PathBuf>> {
        if !self.plugins.is_empty() {
            return Ok(self.plugins.clone());
        }
        if !Path::new(DEFAULT_PLUGINS).is_dir() {
            bail!(
                "no plugins in {DEFAULT_PLUGINS}: build them with `cargo xtask plugins`, or name a folder with --plugins"
            );
        }
        Ok(vec![DEFAULT_PLUGINS.into()])
    }
}

/// Removes the database of an earlier demo. Fails for any other database.
pub(super) fn remove_demo(db: &Path, fresh: bool, out: &Out) -> Result<()> {
    if !db.exists() {
        return Ok(());
    }
    let path = db.display();
    if is_running(db) {
        bail!("a server runs on {path}: stop it first, or name a new file with --db");
    }
    let host = Host::builder().sqlite(db).without_workers().build()?;
    match host.customer(seed::id(&["gym", gym::ADA])) {
        Ok(_) => {}
        Err(Error::NotFound { .. }) => {
            bail!("{path} is not a demo database: name a new file with --db")
        }
        Err(error) => return Err(error.into()),
    }
    drop(host);
    if !fresh {
        bail!(
            "{path} holds an earlier demo: add --fresh to start over, or continue with `regulars serve --db {path}`"
        );
    }
    out.note(format!("Starting over: removed {path} of an earlier demo."));
    for suffix in ["", "-wal", "-shm"] {
        let mut file = db.as_os_str().to_owned();
        file.push(suffix);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Seeds both businesses with history and a few events of today. Returns the member to try things
/// on.
pub(super) fn seed_all(host: &Host) -> Result<CustomerId> {
    let mut seed = Seed::new(host)?;
    let ada = gym::seed_business(&mut seed)?;
    supermarket::seed_business(&mut seed)?;
    seed.finish()?;
    Ok(ada)
}

/// Returns two visits to paste, for trying a plugin.
pub(super) fn visit_commands(address: &str, key: &str) -> Vec<(&'static str, String)> {
    let visit = |name: &str| {
        let who = seed::id(&["gym", name]);
        format!(
            "curl -s '{address}/v1/customers/{who}/interactions?wait=2s' -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' -d '{{\"kind\": \"visit\"}}'"
        )
    };
    vec![
        ("Ada comes in, as nearly every morning", visit(gym::ADA)),
        (
            "Yusuf comes in, who was away for two months",
            visit(gym::YUSUF),
        ),
    ]
}

/// Returns the commands to paste.
fn examples(address: &str, key: &str, ada: CustomerId, page: &str) -> [(&'static str, String); 4] {
    let rosa = seed::id(&["supermarket", supermarket::ROSA]);
    let auth = format!("-H 'Authorization: Bearer {key}'");
    let send = format!("{auth} -H 'Content-Type: application/json'");
    [
        (
            "1. Ada comes in for the morning: record it, and get the cards for the desk back",
            format!(
                "curl -s '{address}/v1/customers/{ada}/interactions?wait=2s' {send} -d '{{\"kind\": \"visit\", \"channel\": \"turnstile\"}}'"
            ),
        ),
        (
            "2. Rosa says something at the till: record it",
            format!(
                "curl -s '{address}/v1/plugins/overheard/actions/record' {send} -d '{{\"customer\": \"{rosa}\", \"input\": {{\"remark\": \"The tomatoes were unripe again, I nearly went elsewhere.\", \"heard_by\": \"Mina\", \"channel\": \"till\"}}}}'"
            ),
        ),
        (
            "3. See who got a task from it",
            format!("curl -s '{address}/v1/tasks?state=open' {auth}"),
        ),
        ("4. Open Ada’s own page, as she would", page.to_owned()),
    ]
}
