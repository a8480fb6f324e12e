//! The program `regulars`, as a user runs it.

use std::path::{Path, PathBuf};
use std::process::Command;

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

/// What the program said.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
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
        Said {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
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
