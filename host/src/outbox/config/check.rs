use std::time::Duration;

use super::{ChannelsFile, ConfigError, EmailSettings, Encryption, WebhookSettings};
use crate::outbox::DESK;
use crate::outbox::email;
use crate::web_url;

const MAX_WEBHOOKS: usize = 32;
const MAX_FOOTERS: usize = 100;
/// Longest business name and longest footer text, in characters.
const MAX_NAME: usize = 100;
const MAX_WORDS: usize = 300;

/// Validates all settings.
pub(super) fn check(file: &ChannelsFile) -> Result<(), ConfigError> {
    if let Some(business) = &file.business {
        words("business", business, MAX_NAME)?;
    }
    if let Some(url) = &file.public_url {
        web_url::check_base(url).or_else(|problem| wrong("public_url", problem))?;
    }
    if let Some(email) = &file.email {
        self::email(email)?;
    }
    if file.webhooks.len() > MAX_WEBHOOKS {
        return wrong(
            "webhook",
            format!("too many webhooks: expected at most {MAX_WEBHOOKS}"),
        );
    }
    for (index, webhook) in file.webhooks.iter().enumerate() {
        let others = file.webhooks[..index].iter();
        self::webhook(index, webhook, others.map(|other| other.name.as_str()))?;
    }
    file.channels().map(drop)
}

fn email(email: &EmailSettings) -> Result<(), ConfigError> {
    let host = email.host.as_str();
    if host.is_empty()
        || host.len() > 253
        || !host.bytes().all(|byte| byte.is_ascii_graphic())
        || host.contains('/')
    {
        return wrong(
            "email.host",
            "invalid host name: expected a name such as smtp.example.com",
        );
    }
    if email.port == Some(0) {
        return wrong("email.port", "invalid port 0: omit it for the default port");
    }
    if email.encryption == Encryption::None && !web_url::is_loopback(host) {
        return wrong(
            "email.encryption",
            "none is allowed only for a server on this machine (localhost, 127.0.0.1, ::1): use tls or starttls",
        );
    }
    match (&email.username, &email.password) {
        (Some(_), None) => {
            return wrong(
                "email.username",
                "missing password: add email.password or email.password_file",
            );
        }
        (None, Some(_)) => return wrong("email.password", "missing user name: add email.username"),
        _ => {}
    }
    limit("email.time_limit", email.time_limit, 30)?;
    if email.footer.len() > MAX_FOOTERS {
        return wrong(
            "email.footer",
            format!("too many languages: expected at most {MAX_FOOTERS}"),
        );
    }
    for (language, footer) in &email.footer {
        for (key, text) in [
            ("why", &footer.why),
            ("page", &footer.page),
            ("answer", &footer.answer),
        ] {
            words(&format!("email.footer.{language}.{key}"), text, MAX_WORDS)?;
        }
    }
    Ok(())
}

fn webhook<'a>(
    index: usize,
    webhook: &WebhookSettings,
    mut others: impl Iterator<Item = &'a str>,
) -> Result<(), ConfigError> {
    let name = webhook.name.as_str();
    let number = format!("webhook[{index}].name");
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
        return wrong(
            &number,
            "invalid channel name: expected 1 to 64 of a-z, 0-9 and -, such as sms",
        );
    }
    if [DESK, email::NAME, "log"].contains(&name) {
        return wrong(
            &number,
            format!("reserved channel name “{name}”: choose another"),
        );
    }
    if others.any(|other| other == name) {
        return wrong(
            &number,
            format!("duplicate channel name “{name}”: choose another"),
        );
    }
    let key = |key: &str| format!("webhook.{name}.{key}");
    if let Err(problem) = web_url::parse(webhook.url.reveal()) {
        return wrong(&key("url"), problem);
    }
    if webhook.secret.is_none() {
        let right = format!("missing secret: add it, or {}_file", key("secret"));
        return wrong(&key("secret"), right);
    }
    if webhook.reaches.is_none() {
        let right = "missing value: write tel, email or external, the contact point that the webhook receives, so that consents and \
                     suppressions apply; or nobody, for messages that reach no customer";
        return wrong(&key("reaches"), right);
    }
    limit(&key("time_limit"), webhook.time_limit, 60)
}

fn limit(key: &str, limit: Duration, most: u64) -> Result<(), ConfigError> {
    if (Duration::from_millis(100)..=Duration::from_secs(most)).contains(&limit) {
        return Ok(());
    }
    wrong(key, format!("out of range: expected 100ms to {most}s"))
}

/// Checks that a text has 1 to `most` characters on one line.
fn words(key: &str, text: &str, most: usize) -> Result<(), ConfigError> {
    if text.trim().is_empty() || text.chars().count() > most || text.chars().any(char::is_control) {
        return wrong(
            key,
            format!("invalid text: expected 1 to {most} characters on one line"),
        );
    }
    Ok(())
}

fn wrong(key: &str, problem: impl Into<String>) -> Result<(), ConfigError> {
    Err(ConfigError::new(key, problem))
}
