//! `regulars demo`: a gym and a supermarket with a past, to try everything on.

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
    ADMIN, LogFormat, bind, loaded, loaded_json, log_to_stderr, runtime, serve, stop_signal,
};
use super::{Global, words};
use crate::Error;
use crate::config::Transcripts;
use crate::host::{Host, NewKey, is_running};
use crate::http::Limits;
use crate::model::CustomerId;
use seed::Seed;

/// Serve a seeded gym and supermarket, and print what to try
#[derive(Args)]
#[command(after_help = "\
Everybody in it is invented. The database is made anew: ./regulars-demo.db, or what --db names.

Example:
  regulars demo --plugins target/plugins")]
pub struct Demo {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,

    /// Plugins to install [default: target/plugins]
    #[arg(long, value_name = "DIR")]
    plugins: Vec<PathBuf>,

    /// Start over where --db names the database of an earlier demo
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
        // Before anything is removed: whoever serves an earlier demo holds the port.
        let listener = bind(&runtime, self.listen)?;
        let db = global.db.as_deref().unwrap_or(Path::new(DEFAULT_DB));
        let fresh = self.fresh || global.db.is_none();
        clear(db, fresh, out)?;

        let local = listener.local_addr()?;
        let address = format!("http://{local}");
        // Links are encrypted, or lead to this machine.
        let links = match local.ip().is_loopback() {
            true => address.clone(),
            false => format!("http://localhost:{}", local.port()),
        };
        let mut builder = Host::builder()
            .sqlite(db)
            .time_zone(global.time_zone.clone())
            .public_url(links)
            // Nobody in it is real, and whoever tries it wants to see any run again.
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
        let tries = tries(&address, &key, ada, &host.page_link(ada)?.url);
        if out.json {
            out.document(&json!({
                "address": address, "key": key, "db": db, "plugins": loaded_json(&host),
                "counts": host.counts()?, "try": tries.map(|(_, line)| line),
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
            loaded(&host, out)?;
            for (what, line) in &tries {
                out.line(format!("\n{}", out.paint.bold(what)))?;
                out.line(line)?;
            }
            let db = db.display();
            out.line(format!(
                "\nWhy all that: regulars explain \"Ada Berger\" --db {db}\nCtrl-C stops it."
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
                "there are no plugins in {DEFAULT_PLUGINS}: build them with `cargo xtask plugins`, or name a directory with --plugins"
            );
        }
        Ok(vec![DEFAULT_PLUGINS.into()])
    }
}

/// Takes the database of an earlier demo away; nobody else's.
pub(super) fn clear(db: &Path, fresh: bool, out: &Out) -> Result<()> {
    if !db.exists() {
        return Ok(());
    }
    let shown = db.display();
    if is_running(db) {
        bail!("a server runs on {shown}: stop it first, or name a new file with --db");
    }
    let host = Host::builder().sqlite(db).without_workers().build()?;
    match host.customer(seed::id(&["gym", gym::ADA])) {
        Ok(_) => {}
        Err(Error::NotFound { .. }) => {
            bail!("{shown} is not a demo’s database: name a new file with --db")
        }
        Err(error) => return Err(error.into()),
    }
    drop(host);
    if !fresh {
        bail!(
            "{shown} holds an earlier demo: add --fresh to start over, or go on with it: regulars serve --db {shown}"
        );
    }
    out.note(format!(
        "Starting over: {shown} of the demo before is removed."
    ));
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

/// Gives both businesses their past, then a little of today; the member to try things on.
pub(super) fn seed_all(host: &Host) -> Result<CustomerId> {
    let mut seed = Seed::new(host)?;
    let ada = gym::plant(&mut seed)?;
    supermarket::plant(&mut seed)?;
    seed.finish()?;
    Ok(ada)
}

/// Two visits to paste, for whoever tries a plugin on them.
pub(super) fn visits(address: &str, key: &str) -> Vec<(&'static str, String)> {
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

/// What to paste.
fn tries(address: &str, key: &str, ada: CustomerId, page: &str) -> [(&'static str, String); 4] {
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
            "2. Rosa says something at the till: write it down",
            format!(
                "curl -s '{address}/v1/plugins/overheard/actions/record' {send} -d '{{\"customer\": \"{rosa}\", \"input\": {{\"remark\": \"The tomatoes were unripe again, I nearly went elsewhere.\", \"heard_by\": \"Mina\", \"channel\": \"till\"}}}}'"
            ),
        ),
        (
            "3. See whose task that has become",
            format!("curl -s '{address}/v1/tasks?state=open' {auth}"),
        ),
        ("4. Open Ada’s own page, as she would", page.to_owned()),
    ]
}
