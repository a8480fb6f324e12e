//! The program `regulars`, as a user runs it.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::world::target_dir;

/// The program that `cargo xtask test` built.
pub fn path() -> PathBuf {
    let path = target_dir().join("debug/regulars");
    assert!(
        path.exists(),
        "there is no {}: run `cargo build -p regulars` first",
        path.display()
    );
    path
}

/// A directory with a database, and the program that works on it.
pub struct Program {
    pub dir: tempfile::TempDir,
}

/// The program's exit code and output.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Said {
        Said {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Said {
    /// Fails the test unless the program succeeded.
    pub fn ok(self) -> Said {
        assert_eq!(self.code, 0, "{}\n{}", self.out, self.err);
        self
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

impl Program {
    pub fn new() -> Program {
        Program {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        let output = Command::new(path())
            .current_dir(self.dir.path())
            .env("REGULARS_DB", self.dir.path().join("crm.db"))
            .env("REGULARS_TIME_ZONE", "Europe/Berlin")
            .env("NO_COLOR", "1")
            .args(arguments)
            .output()
            .unwrap();
        output.into()
    }
}

/// `regulars serve`, as a service manager starts and stops it.
pub struct Serving {
    child: Child,
    pub address: String,
    pub key: String,
}

impl Serving {
    pub fn start(program: &Program, arguments: &[&str]) -> Serving {
        let mut child = Command::new(path())
            .current_dir(program.dir.path())
            .env("REGULARS_DB", program.dir.path().join("crm.db"))
            .args(["--json", "serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.as_mut().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let text = |member: &str| said[member].as_str().unwrap_or_default().to_owned();
        Serving {
            child,
            address: text("address"),
            key: text("key"),
        }
    }

    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Its exit code, and what it said on standard error.
    pub fn ended(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        let stderr = self.child.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // One that a failed test left behind must not serve on; one that ended cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A component's file.
pub fn wasm(name: &str) -> String {
    let folder = if name == "hostile" {
        "guests"
    } else {
        "plugins"
    };
    target_dir()
        .join(folder)
        .join(format!("{name}.wasm"))
        .display()
        .to_string()
}

/// The sample of real purchases.
pub fn cdnow(file: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data/cdnow")
        .join(file)
        .display()
        .to_string()
}
