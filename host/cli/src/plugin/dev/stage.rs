use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::demo;
use crate::output::Out;
use crate::plugin::build::{Project, relative};
use crate::serve::{ADMIN, bind};
use crate::{Global, words};
use regulars::config::Transcripts;
use regulars::host::{Host, NewKey, is_running};
use regulars_server::Limits;

/// The host that the plugin is installed in.
pub struct DevHost {
    pub host: Host,
    db: PathBuf,
    /// `None` if another process serves the database.
    serving: Option<Serving>,
}

struct Serving {
    address: String,
    key: Option<String>,
    /// Commands to paste, each with its effect.
    examples: Vec<(&'static str, String)>,
    stop: oneshot::Sender<()>,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// Returns the database of `--db`. A database of `REGULARS_DB` is in daily use, so a plugin under
/// development needs an explicit `--db`. The parser does not tell the two apart.
fn db_option<'g>(global: &'g Global, out: &Out) -> Option<&'g PathBuf> {
    let mut arguments = std::env::args_os();
    let given = arguments.any(|it| it == "--db" || it.to_string_lossy().starts_with("--db="));
    if !given && let Some(db) = &global.db {
        let db = db.display();
        out.note(format!(
            "REGULARS_DB is ignored: to try the plugin in {db}, add --db {db}"
        ));
    }
    global.db.as_ref().filter(|_| given)
}

/// Time limit for requests in flight after a stop.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(1);

impl DevHost {
    pub fn open(
        global: &Global,
        runtime: &Runtime,
        listen: SocketAddr,
        project: &Project,
        out: &Out,
    ) -> Result<DevHost> {
        let named = db_option(global, out);
        if named.is_some_and(|db| is_running(db)) {
            return Ok(DevHost {
                host: global.open_existing()?,
                db: global.db().to_owned(),
                serving: None,
            });
        }
        // Before anything is removed: an earlier session may still serve this database, and holds
        // the port.
        let listener = bind(runtime, listen)?;
        let address = format!("http://{}", listener.local_addr()?);
        // Plugin authors may want to replay any run.
        let transcripts = Transcripts {
            one_in: 1,
            ..Transcripts::default()
        };
        let is_sample = named.is_none();
        let (host, db) = match named {
            Some(db) => (
                global.build(global.builder().transcripts(transcripts))?,
                db.clone(),
            ),
            None => {
                std::fs::create_dir_all(&project.workspace.target)?;
                let db = project.workspace.target.join("regulars-dev.db");
                demo::remove_demo(&db, true, out)?;
                let host = Host::builder()
                    .sqlite(&db)
                    .time_zone(global.time_zone.clone())
                    .transcripts(transcripts);
                let host = global.build(host)?;
                demo::seed_all(&host)?;
                (host, db)
            }
        };
        let key = match host.keys()?.is_empty() {
            true => Some(host.create_key(NewKey::admin(ADMIN))?.1),
            false => None,
        };
        let examples = match &key {
            Some(key) if is_sample => demo::visit_commands(&address, key),
            _ => Vec::new(),
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let served = regulars_server::run_with(listener, host.clone(), Limits::default(), async {
            drop(stopped.await);
        });
        let server = runtime.spawn(served);
        Ok(DevHost {
            host,
            db,
            serving: Some(Serving {
                address,
                key,
                examples,
                stop,
                server,
            }),
        })
    }

    pub fn announce(&self, out: &mut Out) -> Result<()> {
        let counts = self.host.counts()?;
        if let Some(serving) = &self.serving {
            let address = out.paint.bold(&serving.address);
            out.line(format!("Listening on {address}"))?;
            if let Some(key) = &serving.key {
                out.line(format!("Admin key    {}", out.paint.bold(key)))?;
            }
        }
        out.line(format!(
            "Database     {}: {} with {}{}",
            relative(&self.db).display(),
            words::counted(counts.customers, "customer", "customers"),
            words::counted(counts.interactions, "interaction", "interactions"),
            match self.serving {
                Some(_) => "",
                None => ". A server runs on it",
            }
        ))?;
        for (what, line) in self.serving.iter().flat_map(|it| &it.examples) {
            out.line(format!("\n{}\n{line}", out.paint.bold(what)))?;
        }
        out.line("")
    }

    pub fn to_json(&self) -> Result<serde_json::Value> {
        let serving = self.serving.as_ref();
        Ok(json!({
            "db": self.db,
            "address": serving.map(|it| &it.address),
            "key": serving.and_then(|it| it.key.as_ref()),
            "try": serving.map(|it| it.examples.iter().map(|(_, line)| line).collect::<Vec<_>>()),
        }))
    }

    /// Returns a note if the server has to pick up the build.
    pub fn reload_note(&self) -> &'static str {
        match self.serving {
            Some(_) => "",
            None => "; the server picks it up within two seconds",
        }
    }

    /// Finishes the requests in flight and stops the server.
    pub fn shut_down(&mut self, runtime: Runtime) {
        if let Some(serving) = self.serving.take() {
            // Both fail only if the server has ended before.
            let _ = serving.stop.send(());
            drop(runtime.block_on(serving.server));
        }
        runtime.shutdown_timeout(SHUTDOWN_LIMIT);
    }
}
