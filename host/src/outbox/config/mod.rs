//! The channels file, which configures how messages reach customers. It is separate from the policy file
//! since it holds secrets.
//!
//! `host/channels.example.toml` lists every setting with its default.

mod check;
mod settings;

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

pub use settings::{EmailSettings, Encryption, FooterWords, LogSettings, Reaches, WebhookSettings};

use super::{Channels, EmailChannel, LogChannel, Secret, WebhookChannel};
use crate::toml_reader;

/// An error in a channels file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {problem}")]
pub struct ConfigError {
    /// The setting, or the position in the file.
    pub key: String,
    /// The error and the accepted values. It never contains a secret.
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

/// The content of a channels file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelsFile {
    /// The business's name, as customers know it.
    pub business: Option<String>,
    /// The host's public URL, with which the links in messages begin.
    pub public_url: Option<String>,
    pub log: LogSettings,
    pub email: Option<EmailSettings>,
    #[serde(rename = "webhook")]
    pub webhooks: Vec<WebhookSettings>,
}

impl ChannelsFile {
    /// Reads a file and the files that it refers to.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the setting or the line.
    pub fn load(path: &Path) -> Result<ChannelsFile, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let place = path.display().to_string();
            ConfigError::new(place, format!("cannot read the file: {error}"))
        })?;
        ChannelsFile::parse(&text, path.parent().unwrap_or(Path::new("")))
    }

    /// Parses the text of a file. Relative paths are resolved from `folder`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the setting or the line.
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

    /// Creates the configured channels. No connection is made.
    ///
    /// # Errors
    ///
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

    /// Returns true if the file itself contains a secret instead of a reference to another file.
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

/// Reads a secret from a separate file, up to the first line break.
fn from_file(
    key: &str,
    secret: &mut Option<Secret>,
    file: Option<&Path>,
    folder: &Path,
) -> Result<(), ConfigError> {
    let Some(path) = file else { return Ok(()) };
    if secret.is_some() {
        let problem = format!("conflicts with {key}_file: keep only one of them");
        return Err(ConfigError::new(key, problem));
    }
    let bytes = read(&format!("{key}_file"), path, folder)?;
    let text = String::from_utf8(bytes).unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        let problem = "no secret found: expected it on the first line";
        return Err(ConfigError::new(format!("{key}_file"), problem));
    }
    *secret = Some(Secret::new(line));
    Ok(())
}

/// Reads a file that the configuration refers to, relative to the configuration's folder.
fn read(key: &str, path: &Path, folder: &Path) -> Result<Vec<u8>, ConfigError> {
    let path = folder.join(path);
    std::fs::read(&path)
        .map_err(|error| ConfigError::new(key, format!("cannot read {}: {error}", path.display())))
}
