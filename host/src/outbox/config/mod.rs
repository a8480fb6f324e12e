//! The channels' file: by what messages reach customers. It is apart from the policy's, since it holds secrets.
//!
//! `host/channels.example.toml` has every setting, with its default.

mod check;
mod settings;

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

pub use settings::{EmailSettings, Encryption, FooterWords, LogSettings, Reaches, WebhookSettings};

use super::{Channels, EmailChannel, LogChannel, Secret, WebhookChannel};
use crate::toml_reader;

/// A channels' file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {problem}")]
pub struct ConfigError {
    /// The setting, or where in the file it is.
    pub key: String,
    /// What is wrong with it, and what would be right. No secret.
    pub problem: String,
}

impl ConfigError {
    pub(super) fn new(key: impl Into<String>, problem: impl Into<String>) -> ConfigError {
        ConfigError {
            key: key.into(),
            problem: problem.into(),
        }
    }
}

/// What a channels' file says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelsFile {
    /// What customers know the business by.
    pub business: Option<String>,
    /// Where customers reach this host: what links in messages begin with.
    pub public_url: Option<String>,
    pub log: LogSettings,
    pub email: Option<EmailSettings>,
    #[serde(rename = "webhook")]
    pub webhooks: Vec<WebhookSettings>,
}

impl ChannelsFile {
    /// Reads a file, and those that it names.
    ///
    /// # Errors
    /// [`ConfigError`] names the setting, or the line.
    pub fn load(path: &Path) -> Result<ChannelsFile, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let place = path.display().to_string();
            ConfigError::new(place, format!("cannot be read: {error}"))
        })?;
        ChannelsFile::parse(&text, path.parent().unwrap_or(Path::new("")))
    }

    /// Reads the text of a file. What it names is looked for in `folder`.
    ///
    /// # Errors
    /// [`ConfigError`] names the setting, or the line.
    pub fn parse(text: &str, folder: &Path) -> Result<ChannelsFile, ConfigError> {
        let mut file: ChannelsFile = toml_reader::read(text)
            .map_err(|error| ConfigError::new(error.place(), error.problem))?;
        if let Some(email) = &mut file.email {
            email.read_files(folder)?;
        }
        for webhook in &mut file.webhooks {
            webhook.read_files(folder)?;
        }
        check::check(&file)?;
        Ok(file)
    }

    /// The channels that it sets up. No connection is made.
    ///
    /// # Errors
    /// [`ConfigError`] names the setting.
    pub fn channels(&self) -> Result<Channels, ConfigError> {
        let business = self.business.as_deref();
        let mut channels = Channels::new();
        if self.log.enabled {
            channels = channels.with(Arc::new(LogChannel));
        }
        if let Some(email) = &self.email {
            channels = channels.with(Arc::new(EmailChannel::new(email, business)?));
        }
        for webhook in &self.webhooks {
            channels = channels.with(Arc::new(WebhookChannel::new(webhook, business)?));
        }
        Ok(channels)
    }

    /// Whether the file itself holds a secret, rather than naming another that does.
    pub fn holds_secrets(&self) -> bool {
        let email = self
            .email
            .iter()
            .any(|email| email.password_file.is_none() && email.password.is_some());
        email
            || self
                .webhooks
                .iter()
                .any(|webhook| webhook.secret_file.is_none())
    }
}

/// A secret that may be written in a file of its own: what is before its first line break.
fn from_file(
    key: &str,
    secret: &mut Option<Secret>,
    file: Option<&Path>,
    folder: &Path,
) -> Result<(), ConfigError> {
    let Some(path) = file else { return Ok(()) };
    if secret.is_some() {
        let problem = format!("is given beside {key}_file: keep one of the two");
        return Err(ConfigError::new(key, problem));
    }
    let bytes = read(&format!("{key}_file"), path, folder)?;
    let text = String::from_utf8(bytes).unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        let problem = "is empty, or no text: its first line is the secret";
        return Err(ConfigError::new(format!("{key}_file"), problem));
    }
    *secret = Some(Secret::new(line));
    Ok(())
}

/// A file that the configuration names, from the folder of the configuration.
fn read(key: &str, path: &Path, folder: &Path) -> Result<Vec<u8>, ConfigError> {
    let path = folder.join(path);
    std::fs::read(&path).map_err(|error| {
        ConfigError::new(key, format!("{} cannot be read: {error}", path.display()))
    })
}
