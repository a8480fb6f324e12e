//! `regulars plugin dev`: saved, built, reloaded, and shown.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use super::project::{Project, command};
use crate::child::Serving;
use crate::world::comes;

/// `plugin dev`, and what it says.
pub struct Dev {
    child: Child,
    lines: Receiver<String>,
    /// The output so far.
    pub said: Vec<String>,
}

/// The longest silence between two lines: a build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

impl Dev {
    pub fn start(command: &mut Command) -> Dev {
        let piped = command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = piped.stderr(Stdio::null()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    break;
                }
            }
        });
        Dev {
            child,
            lines,
            said: Vec::new(),
        }
    }

    /// Waits until it says a line with these words in it.
    ///
    /// # Panics
    /// If the program ends before, or prints nothing for too long.
    pub fn says(&mut self, words: &str) -> String {
        loop {
            let Ok(line) = self.lines.recv_timeout(PATIENCE) else {
                panic!("it never says “{words}”:\n{}", self.said.join("\n"));
            };
            self.said.push(line.clone());
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Ctrl-C; its exit code.
    pub fn interrupt(&mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        // It may have ended before.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A server of its own process, on which builds are tried.
struct Shop {
    server: Serving,
    key: String,
    digest: Value,
}

impl Shop {
    fn open(db: &Path, plugins: &Path) -> Shop {
        let mut command = crate::child::command(db, plugins);
        // It is asked again and again.
        command.args(["--rate", "off"]);
        let server = Serving::of(command, db);
        let key = server.key.clone().unwrap();
        Shop {
            server,
            key,
            digest: Value::Null,
        }
    }

    /// Returns when it runs another component than before. It looks each second.
    fn takes_it_up(&mut self) {
        let came = comes(|| {
            let installed = self.server.get(&self.key, "/v1/plugins").json();
            let digest = &installed["items"][0]["digest"];
            let other = digest.is_string() && *digest != self.digest;
            if other {
                self.digest = digest.clone();
            }
            other
        });
        assert!(came, "the server runs what it ran before");
    }

    /// A customer comes for the first time.
    fn visit(&self, name: &str) {
        let new = json!({ "display_name": name }).to_string();
        let made = self.server.post(&self.key, "/v1/customers", &new).json();
        let id = made["id"].as_str().unwrap_or_else(|| panic!("{made}"));
        let path = format!("/v1/customers/{id}/interactions?wait=5s");
        let visit = json!({ "kind": "visit" }).to_string();
        let said = self.server.post(&self.key, &path, &visit);
        assert!(said.status < 300, "{}", said.text);
    }
}

#[test]
fn dev_installs_each_build_that_succeeds() {
    let folder = tempfile::tempdir().unwrap();
    let project = Project::new("come-again");
    // In the project itself, as the help has it: what is written to it is nothing that was saved.
    let (db, plugins) = (project.path("crm.db"), folder.path().join("none"));
    std::fs::create_dir(&plugins).unwrap();
    let mut shop = Shop::open(&db, &plugins);
    let mut command = command(&project.path(""));
    command.args(["plugin", "dev", "--settings", "{\"away_days\": 2}", "--db"]);
    let mut dev = Dev::start(command.arg(&db));
    dev.says("A server runs on it");
    dev.says("Watching");
    dev.says("reloaded come-again 0.1.0");

    shop.takes_it_up();
    shop.visit("Ada Lovelace");
    dev.says("interaction.recorded, about Ada Lovelace");
    dev.says("nothing proposed");
    dev.says("log info: no visit before this one is known");
    dev.says("fuel ");

    project.replace("src/lib.rs", "no visit before", "no stay before");
    dev.says("reloaded come-again");
    shop.takes_it_up();
    shop.visit("Bo");
    dev.says("about Bo");
    dev.says("log info: no stay before this one is known");

    project.replace("src/lib.rs", "let away =", "let broken =");
    let line = dev.says("not reloaded");
    assert!(line.contains("the previous build stays active"), "{line}");
    shop.visit("Cy");
    dev.says("about Cy");
    dev.says("log info: no stay before this one is known");

    // A new file counts too. It changes nothing, so what is built is the component of before.
    std::fs::write(project.path("src/extra.rs"), "").unwrap();
    project.replace("src/lib.rs", "let broken =", "let away =");
    dev.says("the component is unchanged");
    let built = |words: &str| dev.said.iter().filter(|it| it.contains(words)).count();
    assert_eq!(
        (
            built("reloaded come-again"),
            built("the component is unchanged")
        ),
        (2, 1)
    );
    assert_eq!(dev.interrupt(), Some(0));
    let installed = shop.server.get(&shop.key, "/v1/plugins").json();
    assert_eq!(installed["items"][0]["id"], "come-again");
    assert_eq!(installed["items"][0]["settings"]["away_days"], 2);
}
