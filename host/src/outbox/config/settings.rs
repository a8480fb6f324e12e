use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::{ConfigError, from_file, read};
use crate::model::ContactKind;
use crate::outbox::Secret;
use crate::web_url;

/// `[log]`: says in the log that a message would have gone out, for trying things out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    pub enabled: bool,
}

/// `[email]`: the mail server that takes this host's mail.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailSettings {
    /// Its name.
    pub host: String,
    /// 465 with `tls`, 587 with `starttls`, 25 with `none`, where it is not given.
    #[serde(default)]
    pub port: Option<u16>,
    #[serde(default)]
    pub encryption: Encryption,
    #[serde(default)]
    pub username: Option<String>,
    #[serde(default)]
    pub password: Option<Secret>,
    /// Holds the password on its first line, in place of `password`.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// The authority that vouches for the server, as PEM, where it is none that browsers trust.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// What is in `ca_file`.
    #[serde(skip)]
    pub ca: Option<Vec<u8>>,
    /// Whom mail comes from: `Gym North <hello@gym.example>`.
    pub from: String,
    /// Whom answers go to, where it is not `from`.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// How long handing over one mail may take until the mail itself goes, and again what the server makes of
    /// it: 100 ms to 30 s.
    #[serde(default = "thirty_seconds", deserialize_with = "duration")]
    pub time_limit: Duration,
    /// The words below every mail, by language (BCP 47). English where there are none.
    #[serde(default)]
    pub footer: BTreeMap<String, FooterWords>,
}

/// How the way to the mail server is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encryption {
    /// From the first byte (RFC 8314).
    #[default]
    Tls,
    /// After a word of the server's (RFC 3207). A server without it gets no mail.
    Starttls,
    /// Not at all: to a server on this machine.
    None,
}

/// The words below every mail of one language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FooterWords {
    /// Before the reason that the plugin gave.
    pub why: String,
    /// Before the link to the customer's own page.
    pub page: String,
    /// In place of that link, where the host has no address on the web.
    pub answer: String,
}

/// `[[webhook]]`: a program that carries messages on.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// The channel's name.
    pub name: String,
    /// Where it listens. Such addresses often hold a token: it is kept like a secret.
    pub url: Secret,
    /// What it is signed with: `whsec_` and 24 to 64 bytes in base64.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// Holds the secret on its first line, in place of `secret`.
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// Whom it reaches. It has to be given: what reaches nobody needs no consent and minds no suppression.
    #[serde(default)]
    pub reaches: Option<Reaches>,
    /// The authority that vouches for the program, as PEM, where it is none that browsers trust.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// What is in `ca_file`.
    #[serde(skip)]
    pub ca: Option<Vec<u8>>,
    /// How long it has to answer: 100 ms to 60 s.
    #[serde(default = "twenty_seconds", deserialize_with = "duration")]
    pub time_limit: Duration,
}

/// Whom a webhook reaches: the customer at a contact point of this kind, or nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reaches {
    Email,
    Tel,
    External,
    /// For hooks of the business's own: what is posted there goes on to no customer.
    Nobody,
}

impl Reaches {
    /// The kind of contact point that is handed over.
    pub fn kind(self) -> Option<ContactKind> {
        match self {
            Reaches::Email => Some(ContactKind::Email),
            Reaches::Tel => Some(ContactKind::Tel),
            Reaches::External => Some(ContactKind::External),
            Reaches::Nobody => None,
        }
    }
}

impl EmailSettings {
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.encryption {
            Encryption::Tls => 465,
            Encryption::Starttls => 587,
            Encryption::None => 25,
        })
    }

    pub(super) fn read_files(&mut self, folder: &Path) -> Result<(), ConfigError> {
        let file = self.password_file.as_deref();
        from_file("email.password", &mut self.password, file, folder)?;
        if let Some(path) = &self.ca_file {
            self.ca = Some(read("email.ca_file", path, folder)?);
        }
        Ok(())
    }
}

impl WebhookSettings {
    /// The kind of contact point that it is handed.
    pub fn kind(&self) -> Option<ContactKind> {
        self.reaches.and_then(Reaches::kind)
    }

    pub(super) fn read_files(&mut self, folder: &Path) -> Result<(), ConfigError> {
        let key = |key: &str| format!("webhook.{}.{key}", crate::text::line(&self.name, 40));
        let (secret, ca) = (key("secret"), key("ca_file"));
        let file = self.secret_file.as_deref();
        from_file(&secret, &mut self.secret, file, folder)?;
        if let Some(path) = &self.ca_file {
            self.ca = Some(read(&ca, path, folder)?);
        }
        Ok(())
    }

    /// Scheme, host and port of its address, without what may be a token.
    pub fn origin(&self) -> String {
        let uri = web_url::parse(self.url.reveal()).ok();
        let parts = uri.and_then(|uri| Some((uri.scheme(), uri.authority()?)));
        parts.map_or(String::new(), |(scheme, authority)| {
            format!("{}://{}", scheme.as_str(), authority.as_str())
        })
    }
}

impl fmt::Debug for WebhookSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSettings")
            .field("name", &self.name)
            .field("origin", &self.origin())
            .field("reaches", &self.reaches)
            .finish_non_exhaustive()
    }
}

impl Default for FooterWords {
    fn default() -> FooterWords {
        FooterWords {
            why: "Why you get this:".to_owned(),
            page: "Choose what you hear from us and how often, see what we keep about you, or stop all messages:"
                .to_owned(),
            answer: "To hear less from us, or nothing more, answer this message and say so.".to_owned(),
        }
    }
}

fn thirty_seconds() -> Duration {
    Duration::from_secs(30)
}

fn twenty_seconds() -> Duration {
    Duration::from_secs(20)
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let read: Option<jiff::SignedDuration> = text.parse().ok();
    read.and_then(|read| Duration::try_from(read).ok())
        .ok_or_else(|| serde::de::Error::custom("a time such as \"500ms\" or \"20s\" is expected"))
}
