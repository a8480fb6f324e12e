//! A mail server of the test's own, as a process: `tests/smtp.py`.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use mail_parser::{Message, MessageParser};
use regulars::outbox::config::ChannelsFile;
use regulars::outbox::{Accepted, Channels, Envelope, SendError};
use serde_json::{Value, json};

use crate::world::target_dir;

/// A mail server that runs until it is dropped.
pub struct Postbox {
    process: Child,
    pub port: u16,
    folder: tempfile::TempDir,
}

/// The encryption and authentication of a mail server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Open,
    /// STARTTLS and a password.
    Starttls,
    /// TLS from the first byte, and a password.
    Tls,
}

pub const USER: &str = "regulars";
pub const PASSWORD: &str = "correct horse battery staple";

impl Postbox {
    pub fn open() -> Postbox {
        Postbox::start(Door::Open, json!({}))
    }

    pub fn start(door: Door, more: Value) -> Postbox {
        let python = target_dir().join("tools/aiosmtpd/bin/python");
        assert!(
            python.exists(),
            "there is no {}: `cargo xtask test` installs it",
            python.display()
        );
        let folder = tempfile::tempdir().unwrap();
        let mut settings = json!({ "folder": folder.path(), "encryption": "none" });
        if door != Door::Open {
            let (certificate, key) = certificate(folder.path());
            settings["encryption"] = json!(if door == Door::Tls { "tls" } else { "starttls" });
            settings["certificate"] = json!(certificate);
            settings["key"] = json!(key);
            settings["user"] = json!(USER);
            settings["password"] = json!(PASSWORD);
        }
        for (key, value) in more.as_object().unwrap() {
            settings[key] = value.clone();
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("smtp.py");
        let mut process = Command::new(std::path::absolute(python).unwrap())
            .arg("-Wignore")
            .arg(script)
            .arg(settings.to_string())
            // It ends when this one does, however that ends.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        Postbox {
            port: line.trim().parse().unwrap(),
            process,
            folder,
        }
    }

    /// Sets its answer to a recipient or a sender: see `tests/smtp.py`.
    pub fn answer(&self, address: &str, place: &str, says: &str) {
        let path = self.folder.path().join("answers.json");
        let before = std::fs::read_to_string(&path).unwrap_or("{}".to_owned());
        let mut answers: Value = serde_json::from_str(&before).unwrap();
        answers[address] = json!({ place: says });
        std::fs::write(path, answers.to_string()).unwrap();
    }

    /// Removes all answers that were set.
    pub fn forgive(&self) {
        std::fs::write(self.folder.path().join("answers.json"), "{}").unwrap();
    }

    /// The authority that vouches for it.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// `[email]` for it, with these lines besides.
    pub fn settings(&self, more: &str) -> String {
        format!(
            "[email]\nhost = \"localhost\"\nport = {}\nfrom = \"Gym North <hello@gym.example>\"\n{more}\n",
            self.port
        )
    }

    /// The channels of a file with no more than an open connection to it.
    pub fn channels(&self) -> Channels {
        channels(&self.settings("encryption = \"none\""))
    }

    /// The mails that it has, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        (1..)
            .map(|number| self.folder.path().join(format!("{number:04}.eml")))
            .take_while(|path| path.exists())
            .map(|path| Mail {
                raw: std::fs::read(&path).unwrap(),
                about: read_json(&path.with_extension("json")),
            })
            .collect()
    }

    /// The only mail that it has.
    pub fn only(&self) -> Mail {
        let mut mails = self.mails();
        assert_eq!(mails.len(), 1);
        mails.remove(0)
    }
}

impl Drop for Postbox {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// A mail as the server got it.
pub struct Mail {
    pub raw: Vec<u8>,
    /// The envelopes of all mails.
    pub about: Value,
}

impl Mail {
    pub fn read(&self) -> Message<'_> {
        MessageParser::default().parse(&self.raw).unwrap()
    }

    pub fn text(&self) -> String {
        self.read().body_text(0).unwrap().replace("\r\n", "\n")
    }

    pub fn html(&self) -> String {
        self.read().body_html(0).unwrap().replace("\r\n", "\n")
    }

    /// A header as it stands in the mail, unfolded; none where there is none, and never two.
    pub fn header(&self, name: &str) -> Option<String> {
        let message = self.read();
        let mut found = message
            .headers_raw()
            .filter(|(is, _)| is.eq_ignore_ascii_case(name));
        let value = found
            .next()
            .map(|(_, value)| value.replace("\r\n", "").trim().to_owned());
        assert!(found.next().is_none(), "{name} is there twice");
        value
    }

    /// The names of all headers before the first part.
    pub fn names(&self) -> Vec<String> {
        let message = self.read();
        let names = message
            .headers_raw()
            .map(|(name, _)| name.to_ascii_lowercase());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

pub fn channels(toml: &str) -> Channels {
    let file = ChannelsFile::parse(toml, Path::new("/"));
    file.unwrap_or_else(|error| panic!("{error}"))
        .channels()
        .unwrap()
}

/// Hands a parcel to a channel of these.
pub fn send(channels: &Channels, name: &str, envelope: &Envelope) -> Result<Accepted, SendError> {
    channels.get(name).unwrap().send(envelope)
}

/// A certificate for `localhost` that vouches for itself, and its key.
pub fn certificate(folder: &Path) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (certificate, key)
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}
