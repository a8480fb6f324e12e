//! A plugin's project that `regulars plugin new` made, in a folder of its own.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{self, Said};
use crate::world::target_dir;

pub struct Project {
    folder: tempfile::TempDir,
    name: String,
}

impl Project {
    pub fn new(name: &str) -> Project {
        let folder = tempfile::tempdir().unwrap();
        let project = Project {
            folder,
            name: name.to_owned(),
        };
        let mut command = command(project.folder.path());
        said(command.args(["plugin", "new", name])).ok();
        at_home(&project.path(""));
        project
    }

    pub fn path(&self, below: &str) -> PathBuf {
        let folder = self.folder.path().canonicalize().unwrap();
        folder.join(&self.name).join(below)
    }

    /// The program, in the project's folder.
    pub fn run(&self, arguments: &[&str]) -> Said {
        said(command(&self.path("")).args(arguments))
    }

    pub fn cargo(&self, arguments: &[&str]) {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        quietly(cargo.current_dir(self.path("")));
        said(cargo.args(arguments)).ok();
    }

    /// # Panics
    /// If the file does not contain the text.
    pub fn replace(&self, file: &str, what: &str, with: &str) {
        let path = self.path(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(what), "{file} does not hold {what}:\n{text}");
        fs::write(path, text.replace(what, with)).unwrap();
    }
}

/// Projects build in one folder, of the versions that this one was built of: quickly, and without a network.
pub fn at_home(project: &Path) {
    let target = target_dir().join("develop");
    fs::create_dir_all(&target).unwrap();
    symlink(target.canonicalize().unwrap(), project.join("target")).unwrap();
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");
    fs::copy(lock, project.join("Cargo.lock")).unwrap();
}

/// The program, in a folder.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(program::path().canonicalize().unwrap());
    quietly(command.current_dir(folder));
    command
}

/// Removes settings of the environment, as on a new machine.
pub fn quietly(command: &mut Command) {
    let set = [
        "CARGO_TARGET_DIR",
        "REGULARS_DB",
        "REGULARS_SDK",
        "REGULARS_TIME_ZONE",
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
    ];
    for name in set {
        command.env_remove(name);
    }
    command
        .env("CARGO_NET_OFFLINE", "true")
        .env("NO_COLOR", "1");
}

pub fn said(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
