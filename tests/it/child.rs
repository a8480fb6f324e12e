//! `regulars serve` as a process of its own, which can be killed.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::program;

/// A served database, and what its files are called.
pub struct Serving {
    process: Child,
    /// Kept open: whoever cannot print stops.
    _out: BufReader<ChildStdout>,
    pub address: String,
    /// Given at the first start of a database.
    pub key: Option<String>,
}

/// An answer, read to the end.
pub struct Answer {
    pub status: u16,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

/// `regulars serve` on a database, ready to be changed and started.
pub fn command(db: &Path, plugins: &Path) -> Command {
    let mut command = Command::new(program::path());
    command.args(["serve", "--json", "--listen", "127.0.0.1:0", "--db"]);
    command.arg(db).arg("--plugins").arg(plugins);
    quietly(&mut command, db);
    command
}

/// Its logs go to a file beside the database.
pub fn quietly(command: &mut Command, db: &Path) {
    let mut file = std::fs::File::options();
    let log = file.create(true).append(true).open(log(db)).unwrap();
    command
        .env("REGULARS_LOG", "warn")
        .env_remove("REGULARS_DB")
        .env_remove("REGULARS_TIME_ZONE")
        .stdout(Stdio::piped())
        .stderr(log);
}

/// The file with the standard error of a database's servers.
pub fn log(db: &Path) -> PathBuf {
    db.with_extension("log")
}

impl Serving {
    /// Returns when it listens.
    ///
    /// # Panics
    /// If the server ends instead, with its output.
    pub fn start(db: &Path, plugins: &Path) -> Serving {
        Serving::of(command(db, plugins), db)
    }

    /// [`Serving::start`], of a command.
    pub fn of(mut command: Command, db: &Path) -> Serving {
        let mut process = command.spawn().unwrap();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let Ok(said) = serde_json::from_str::<Value>(&line) else {
            let status = process.wait().unwrap();
            let log = std::fs::read_to_string(log(db)).unwrap_or_default();
            panic!("the server ended: {status}\n{line}\n{log}");
        };
        Serving {
            process,
            _out: out,
            address: said["address"].as_str().unwrap().to_owned(),
            key: said["key"].as_str().map(str::to_owned),
        }
    }

    pub fn get(&self, key: &str, path: &str) -> Answer {
        self.send("GET", key, path, None)
    }

    /// Sends JSON.
    pub fn post(&self, key: &str, path: &str, body: &str) -> Answer {
        self.send("POST", key, path, Some(body))
    }

    pub fn delete(&self, key: &str, path: &str) -> Answer {
        self.send("DELETE", key, path, None)
    }

    fn send(&self, method: &str, key: &str, path: &str, body: Option<&str>) -> Answer {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        let agent: ureq::Agent = config.build().into();
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", "application/json");
        let mut response = match body {
            Some(body) => agent.run(request.body(body.to_owned()).unwrap()),
            None => agent.run(request.body(()).unwrap()),
        }
        .unwrap();
        Answer {
            status: response.status().as_u16(),
            text: response.body_mut().read_to_string().unwrap(),
        }
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Ends it with SIGKILL: it notices nothing and tidies nothing up.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have been killed before.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
