use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::table::{Table, percentile};
use crate::{REPETITIONS, target_dir};

const REQUESTS: usize = 400;

/// A served host, from outside: start-up, latency, memory.
pub fn measure(table: &mut Table) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let db = dir.path().join("bench.db");
    drop(Server::start(&db)?);
    let mut starts = Vec::new();
    for _ in 0..REPETITIONS {
        starts.push(Server::start(&db)?.started.as_secs_f64() * 1e3);
    }
    table.add(
        "start-up, four plugins cached",
        "ms",
        &starts,
        "process start to first answer",
    );

    let server = Server::start(&db)?;
    let idle = server.resident()?;
    let key = server.key(&db)?;
    for connections in [1, 16] {
        let (mut medians, mut all) = (Vec::new(), Vec::new());
        for _ in 0..REPETITIONS {
            let mut times = load(&server.address, &key, connections)?;
            medians.push(percentile(&mut times, 50.0));
            all.extend(times);
        }
        let p99 = percentile(&mut all, 99.0);
        let name = format!("POST interactions?wait=, {connections} connection(s)");
        table.add_with_p99(
            &name,
            "ms",
            &medians,
            Some(p99),
            "recorded, four plugins asked, durable",
        );
    }
    table.add(
        "resident memory, idle",
        "MiB",
        &[idle],
        "after start, four plugins",
    );
    table.add(
        "resident memory, under load",
        "MiB",
        &[server.resident()?],
        "after the requests above",
    );
    Ok(())
}

struct Server {
    child: Child,
    address: String,
    started: Duration,
}

impl Server {
    fn start(db: &Path) -> anyhow::Result<Server> {
        let begun = Instant::now();
        let mut child = Command::new(target_dir().join("release/regulars"))
            .arg("--db")
            .arg(db)
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--rate",
                "off",
                "--plugins",
            ])
            .arg(target_dir().join("plugins"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("target/release/regulars could not be started")?;
        let lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let mut address = None;
        for line in lines {
            let line = line?;
            if let Some(at) = line.find("http://") {
                let rest = &line[at..];
                address = Some(rest.split_whitespace().next().unwrap_or(rest).to_owned());
                break;
            }
        }
        let address = address.context("the server did not say where it listens")?;
        let health = ureq::get(format!("{address}/healthz")).call()?;
        ensure!(health.status() == 200, "the server is not healthy");
        Ok(Server {
            child,
            address,
            started: begun.elapsed(),
        })
    }

    fn key(&self, db: &Path) -> anyhow::Result<String> {
        let output = Command::new(target_dir().join("release/regulars"))
            .arg("--db")
            .arg(db)
            .args(["--json", "key", "create", "bench", "--scope", "app"])
            .output()?;
        let answer: Value = serde_json::from_slice(&output.stdout)?;
        let secret = ["secret", "key"]
            .iter()
            .find_map(|name| answer[name].as_str());
        Ok(secret.context("no secret in the answer")?.to_owned())
    }

    fn resident(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .context("no VmRSS")?;
        let kib: f64 = line
            .split_whitespace()
            .nth(1)
            .context("no number")?
            .parse()?;
        Ok(kib / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Milliseconds of each request.
fn load(address: &str, key: &str, connections: usize) -> anyhow::Result<Vec<f64>> {
    let threads: Vec<_> = (0..connections)
        .map(|_| {
            let (address, key) = (address.to_owned(), format!("Bearer {key}"));
            std::thread::spawn(move || -> anyhow::Result<Vec<f64>> {
                let agent = ureq::Agent::new_with_defaults();
                let customer: Value = agent
                    .post(format!("{address}/v1/customers"))
                    .header("Authorization", &key)
                    .send_json(json!({ "given_name": "Ada" }))?
                    .body_mut()
                    .read_json()?;
                let id = customer["id"].as_str().context("no id")?;
                let url = format!("{address}/v1/customers/{id}/interactions?wait=5s");
                (0..REQUESTS / connections)
                    .map(|_| {
                        let begun = Instant::now();
                        let mut answer = agent
                            .post(&url)
                            .header("Authorization", &key)
                            .send_json(json!({ "kind": "visit" }))?;
                        let answer: Value = answer.body_mut().read_json()?;
                        ensure!(answer["processed"] == true, "not processed: {answer}");
                        Ok(begun.elapsed().as_secs_f64() * 1e3)
                    })
                    .collect()
            })
        })
        .collect();
    let mut times = Vec::new();
    for thread in threads {
        times.extend(
            thread
                .join()
                .map_err(|_| anyhow::anyhow!("a client panicked"))??,
        );
    }
    Ok(times)
}
