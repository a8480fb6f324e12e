//! A shop's folder: a database, a login, keys; and the program as its owner runs it.

use std::process::Command;

use serde_json::Value;

use crate::program::{Program, Said, path, wasm};

pub struct Shop {
    pub program: Program,
}

impl Shop {
    pub fn new() -> Shop {
        let program = Program::new();
        std::fs::create_dir(program.dir.path().join("docker")).unwrap();
        Shop { program }
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, &[])
    }

    /// Without the login, the proxies and the keys of whoever runs the tests.
    pub fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Said {
        let folder = self.program.dir.path();
        let mut command = Command::new(path());
        for proxy in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"] {
            command.env_remove(proxy);
        }
        let output = command
            .current_dir(folder)
            .env("REGULARS_DB", folder.join("crm.db"))
            .env("DOCKER_CONFIG", folder.join("docker"))
            .env("NO_COLOR", "1")
            .env_remove("REGULARS_TRUSTED_KEYS")
            .envs(environment.iter().copied())
            .args(arguments)
            .output()
            .unwrap();
        output.into()
    }

    /// `plugin install SOURCE --yes …`.
    pub fn install(&self, source: &str, more: &[&str]) -> Said {
        self.run(&[&["plugin", "install", source, "--yes"], more].concat())
    }

    /// Asserts that an install is refused, with these words, and that nothing is installed or pinned.
    pub fn refuses(&self, source: &str, more: &[&str], words: &[&str]) {
        let install = ["plugin", "install", source, "--yes"];
        self.refuses_to(&[&install[..], more].concat(), words);
    }

    /// Asserts that a command is refused, with these words, and that nothing is installed or pinned.
    pub fn refuses_to(&self, arguments: &[&str], words: &[&str]) {
        let before = (self.installed(), self.lock());
        let said = self.run(arguments);
        assert_eq!(said.code, 1, "{}\n{}", said.out, said.err);
        for word in words {
            assert!(said.err.contains(word), "“{word}” is not in: {}", said.err);
        }
        assert!(!said.err.contains('\u{1b}'), "{:?}", said.err);
        assert_eq!((self.installed(), self.lock()), before);
    }

    /// The lock file, where there is one.
    pub fn lock(&self) -> Option<String> {
        std::fs::read_to_string(self.program.dir.path().join("regulars.lock")).ok()
    }

    /// The components that are kept here, by the names of their files.
    pub fn kept(&self) -> Vec<String> {
        let folder = self.program.dir.path().join("regulars-components");
        let names = std::fs::read_dir(folder).into_iter().flatten();
        let names = names.map(|it| it.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|it| it.ends_with(".wasm")).collect();
        names.sort();
        names
    }

    /// Digest and source of what is installed.
    pub fn installed(&self) -> Vec<(String, String)> {
        if !self.program.dir.path().join("crm.db").exists() {
            return Vec::new();
        }
        let listed = self.run(&["--json", "plugin", "list"]).ok();
        let plugins = listed.out.lines().map(|line| {
            let plugin: Value = serde_json::from_str(line).unwrap();
            let text = |member: &str| plugin[member].as_str().unwrap().to_owned();
            (text("digest"), text("source"))
        });
        plugins.collect()
    }

    /// Makes a key without a password; the public one.
    pub fn key(&self, name: &str) -> String {
        let said = self.run(&["--json", "plugin", "keygen", name, "--no-password"]);
        said.ok().json()["key"].as_str().unwrap().to_owned()
    }

    pub fn trust(&self, key: &str, name: &str) {
        self.run(&["plugin", "trust", key, "--name", name]).ok();
    }

    /// Publishes overheard; what it says of it.
    pub fn publish(&self, to: &str, more: &[&str]) -> Value {
        self.publish_file(&wasm("overheard"), to, more)
    }

    /// Publishes a file; what it says of it.
    pub fn publish_file(&self, file: &str, to: &str, more: &[&str]) -> Value {
        let arguments = ["--json", "plugin", "publish", file, to];
        self.run(&[&arguments, more].concat()).ok().json()
    }

    pub fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.program.dir.path().join(file)).unwrap()
    }

    /// Writes the file of `docker login`.
    pub fn login(&self, config: &Value) {
        self.program.file("docker/config.json", config.to_string());
    }
}

/// The bytes of overheard.
pub fn overheard() -> Vec<u8> {
    std::fs::read(wasm("overheard")).unwrap()
}

/// Another component that does the same: with a custom section at its end.
pub fn changed(mut wasm: Vec<u8>) -> Vec<u8> {
    wasm.extend_from_slice(&[0, 7, 5]);
    wasm.extend_from_slice(b"other!");
    wasm
}

/// The file of a guest.
pub fn guest(name: &str) -> String {
    wasm("hostile").replace("hostile.wasm", &format!("{name}.wasm"))
}
