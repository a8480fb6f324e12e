use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::{ConfigError, from_file, read};
use crate::model::ContactKind;
use crate::outbox::Secret;
use crate::sentences as say;
use crate::web_url;

/// `[log]`: logs that a message would have been sent, for trials.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    pub enabled: bool,
}

/// `[email]`: the mail server that accepts the host's mail.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailSettings {
    /// Host name of the server.
    pub host: String,
    /// Default: 465 with `tls`, 587 with `starttls`, 25 with `none`.
    #[serde(default)]
    pub port: Option<u16>,
    #[serde(default)]
    pub encryption: Encryption,
    #[serde(default)]
    pub username: Option<String>,
    #[serde(default)]
    pub password: Option<Secret>,
    /// A file with the password on its first line, in place of `password`.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// The server's certificate authority, as PEM, if it is not a public one.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The content of `ca_file`.
    #[serde(skip)]
    pub ca: Option<Vec<u8>>,
    /// The sender: `Gym North <hello@gym.example>`.
    pub from: String,
    /// The address for replies, if it is not `from`.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// Time to hand over a mail, and again time for the server's final response: 100 ms to 30 s.
    #[serde(default = "thirty_seconds", deserialize_with = "duration")]
    pub time_limit: Duration,
    /// Texts of the footer by language (BCP 47). Default: English.
    #[serde(default)]
    pub footer: BTreeMap<String, FooterWords>,
}

/// Encryption of the connection to the mail server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encryption {
    /// TLS from the first byte (RFC 8314).
    #[default]
    Tls,
    /// TLS after STARTTLS (RFC 3207). A server without it gets no mail.
    Starttls,
    /// No encryption, only for a server on this machine.
    None,
}

/// The texts of the footer in one language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FooterWords {
    /// Text before the plugin's reason.
    pub why: String,
    /// Text before the link to the customer portal.
    pub page: String,
    /// Text in place of that link, if the host has no public URL.
    pub answer: String,
}

/// `[[webhook]]`: a program that delivers messages.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// Name of the channel.
    pub name: String,
    /// URL of the program. It often contains a token and is treated as a secret.
    pub url: Secret,
    /// The signing secret: `whsec_` and 24 to 64 bytes in base64.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// A file with the secret on its first line, in place of `secret`.
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// Kind of recipient. Required, since messages that reach nobody need no consent and ignore suppressions.
    #[serde(default)]
    pub reaches: Option<Reaches>,
    /// The program's certificate authority, as PEM, if it is not a public one.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The content of `ca_file`.
    #[serde(skip)]
    pub ca: Option<Vec<u8>>,
    /// Time limit of a response: 100 ms to 60 s.
    #[serde(default = "twenty_seconds", deserialize_with = "duration")]
    pub time_limit: Duration,
}

/// The recipient of a webhook: the customer at a contact point of this kind, or nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reaches {
    Email,
    Tel,
    External,
    /// For internal webhooks that reach no customer.
    Nobody,
}

impl Reaches {
    /// Returns the kind of contact point that the webhook receives.
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
    /// Returns the kind of contact point that the webhook receives.
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

    /// Returns scheme, host and port of the URL, without a possible token.
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
            why: say::footer_reason().to_owned(),
            page: say::footer_portal().to_owned(),
            answer: say::footer_answer().to_owned(),
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
        .ok_or_else(|| {
            serde::de::Error::custom(
                "invalid duration: expected a time such as \"500ms\" or \"20s\"",
            )
        })
}
