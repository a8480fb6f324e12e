//! Debian's `docker-registry` on a port of its own, with its storage in a folder of its own; and a door to it that
//! pushes what no honest client would.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use regulars::model::Digest;
use serde_json::{Value, json};

pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const CONFIG: &str = "application/vnd.wasm.config.v0+json";
pub const LAYER: &str = "application/wasm";

/// Whom the registry with a login lets in: a test vector of bcrypt's.
pub const NAME: &str = "ada";
pub const PASSWORD: &str = "U*U";
const HTPASSWD: &str = "ada:$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n";

pub struct Server {
    process: Child,
    storage: tempfile::TempDir,
    /// `127.0.0.1:PORT`.
    pub host: String,
}

impl Server {
    /// Open to all.
    pub fn start() -> Server {
        Server::with("")
    }

    /// Open to [`NAME`] with [`PASSWORD`].
    pub fn with_login() -> Server {
        Server::with("auth: {htpasswd: {realm: tests, path: htpasswd}}\n")
    }

    fn with(more: &str) -> Server {
        let storage = tempfile::tempdir().unwrap();
        let config = format!(
            "version: 0.1\nlog: {{level: info, accesslog: {{disabled: true}}}}\n\
             storage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: '127.0.0.1:0'}}\n{more}",
            storage.path().display()
        );
        std::fs::write(storage.path().join("config.yml"), config).unwrap();
        std::fs::write(storage.path().join("htpasswd"), HTPASSWD).unwrap();
        let mut process = Command::new("docker-registry")
            .current_dir(storage.path())
            .args(["serve", "config.yml"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("docker-registry: apt-get install docker-registry");
        let mut said = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut heard = String::new();
        let host = loop {
            let line = said.next().unwrap_or_else(|| panic!("it ended: {heard}"));
            let line = line.unwrap();
            if let Some((_, rest)) = line.split_once("listening on ") {
                break rest.split(['"', ' ']).next().unwrap().to_owned();
            }
            heard += &line;
        };
        // Whoever cannot print stops.
        std::thread::spawn(move || said.for_each(drop));
        Server {
            process,
            storage,
            host,
        }
    }

    /// `oci://…` of a repository and what follows it.
    pub fn oci(&self, rest: &str) -> String {
        format!("oci://{}/{rest}", self.host)
    }

    /// Ends it: nobody listens any more.
    pub fn stop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// The registry's file of a blob.
    pub fn blob(&self, digest: &str) -> PathBuf {
        let hex = digest.strip_prefix("sha256:").unwrap();
        let blobs = Path::new("docker/registry/v2/blobs/sha256");
        let own = blobs.join(&hex[..2]).join(hex).join("data");
        self.storage.path().join(own)
    }

    /// A manifest, as it is there.
    pub fn manifest(&self, repository: &str, tag: &str) -> Value {
        let url = format!("http://{}/v2/{repository}/manifests/{tag}", self.host);
        let mut answer = ureq::get(url).header("accept", MANIFEST).call().unwrap();
        serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap()
    }

    /// The bytes of a blob.
    pub fn bytes(&self, digest: &str) -> Vec<u8> {
        std::fs::read(self.blob(digest)).unwrap()
    }

    pub fn tags(&self, repository: &str) -> Vec<String> {
        let url = format!("http://{}/v2/{repository}/tags/list", self.host);
        let text = ureq::get(url).call().unwrap().body_mut().read_to_string();
        let said: Value = serde_json::from_str(&text.unwrap()).unwrap();
        let tags = said["tags"].as_array().unwrap().iter();
        tags.map(|tag| tag.as_str().unwrap().to_owned()).collect()
    }

    /// Puts a blob there, by hand.
    pub fn push_blob(&self, repository: &str, bytes: &[u8]) -> String {
        let digest = Digest::of(bytes).to_string();
        let url = format!("http://{}/v2/{repository}/blobs/uploads/", self.host);
        let begun = ureq::post(url).send_empty().unwrap();
        let place = begun.headers()["location"].to_str().unwrap();
        let place = format!("{place}&digest={digest}");
        let done = ureq::put(place).send(bytes).unwrap();
        assert_eq!(done.status(), 201);
        digest
    }

    /// Puts a manifest there, by hand; its digest.
    pub fn push_manifest(
        &self,
        repository: &str,
        tag: &str,
        kind: &str,
        manifest: &Value,
    ) -> String {
        let body = manifest.to_string();
        let url = format!("http://{}/v2/{repository}/manifests/{tag}", self.host);
        let done = ureq::put(url).header("content-type", kind).send(&body);
        assert_eq!(done.unwrap().status(), 201);
        Digest::of(body.as_bytes()).to_string()
    }

    /// Puts an artifact there in the layout that `wkg oci push` writes; the manifest's digest.
    pub fn push_wasm(&self, repository: &str, tag: &str, wasm: &[u8]) -> String {
        let layer = self.push_blob(repository, wasm);
        let config = json!({
            "created": "2026-11-22T08:00:00.123456789Z", "author": null, "architecture": "wasm", "os": "wasip2",
            "layerDigests": [layer],
            "component": { "exports": ["regulars:plugin/about@0.1.0"], "imports": [], "target": null },
        })
        .to_string();
        let config_digest = self.push_blob(repository, config.as_bytes());
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": { "mediaType": CONFIG, "digest": config_digest, "size": config.len() },
            "layers": [{ "mediaType": LAYER, "digest": layer, "size": wasm.len() }],
        });
        self.push_manifest(repository, tag, MANIFEST, &manifest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been stopped before.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
