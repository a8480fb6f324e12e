use std::io::Read;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac;
use serde_json::json;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::config::{ConfigError, WebhookSettings};
use super::{Accepted, Channel, Envelope, Secret, SendError};
use crate::model::{ContactKind, Json};

/// Bytes of a response that are read, so that the connection can be reused. They are discarded.
const ANSWER: u64 = 64 * 1024;
/// Prefix of a Standard Webhooks secret.
const PREFIX: &str = "whsec_";
/// Length of a Standard Webhooks secret in bytes.
const SECRET: std::ops::RangeInclusive<usize> = 24..=64;

/// Posts messages to a webhook in the format of [Standard Webhooks](https://www.standardwebhooks.com), for
/// text messages, letters or chat.
#[derive(Debug)]
pub struct WebhookChannel {
    name: String,
    reaches: Option<ContactKind>,
    url: Secret,
    key: Key,
    business: Option<String>,
    agent: ureq::Agent,
    time_limit: Duration,
}

impl WebhookChannel {
    /// Creates the channel. No connection is made.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the invalid key of the `[[webhook]]` table and the accepted values.
    pub fn new(
        settings: &WebhookSettings,
        business: Option<&str>,
    ) -> Result<WebhookChannel, ConfigError> {
        let at = |key: &str| format!("webhook.{}.{key}", settings.name);
        let secret = settings.secret.as_ref().map(Secret::reveal);
        let key = Key::read(secret.unwrap_or_default()).ok_or_else(|| {
            let right = "invalid Standard Webhooks secret: expected whsec_ and 24 to 64 bytes in base64, such as the \
                         output of `echo whsec_$(openssl rand -base64 32)`";
            ConfigError::new(at("secret"), right)
        })?;
        let mut tls = TlsConfig::builder();
        if let Some(pem) = &settings.ca {
            let authorities = certificates(pem).ok_or_else(|| {
                let right = "no certificate found: expected a PEM file";
                ConfigError::new(at("ca_file"), right)
            })?;
            tls = tls.root_certs(RootCerts::new_with_certs(&authorities));
        }
        let config = ureq::Agent::config_builder()
            .tls_config(tls.build())
            .http_status_as_error(false)
            // Only the operator decides where messages go, never a response.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(settings.time_limit))
            .user_agent(concat!("regulars/", env!("CARGO_PKG_VERSION")));
        Ok(WebhookChannel {
            name: settings.name.clone(),
            reaches: settings.kind(),
            url: settings.url.clone(),
            key,
            business: business.map(str::to_owned),
            agent: config.build().into(),
            time_limit: settings.time_limit,
        })
    }

    fn body(&self, envelope: &Envelope) -> Json {
        let message = &envelope.message;
        json!({
            "type": "message.send",
            "timestamp": message.created_at,
            "data": {
                "message": message.id,
                "channel": self.name,
                "attempt": envelope.attempt,
                "purpose": message.purpose,
                "topic": message.topic,
                "subject": message.subject,
                "body": message.body,
                "value": message.value,
                "reason": message.because.reason,
                "expires_at": message.expires_at,
                "business": self.business,
                "customer": message.customer,
                "name": envelope.name,
                "language": envelope.language,
                "to": envelope.to,
                "page": envelope.page,
                "unsubscribe": envelope.unsubscribe,
            },
        })
    }
}

impl Channel for WebhookChannel {
    fn name(&self) -> &str {
        &self.name
    }

    fn reaches(&self) -> Option<ContactKind> {
        self.reaches
    }

    fn time_limit(&self) -> Duration {
        // The channel's own time limit ends first and gives a more precise result.
        self.time_limit + Duration::from_secs(5)
    }

    fn send(&self, envelope: &Envelope) -> Result<Accepted, SendError> {
        let id = envelope.message.id.to_string();
        let timestamp = envelope.now.as_second().to_string();
        let body = self.body(envelope).to_string();
        let answered = self
            .agent
            .post(self.url.reveal())
            .header("content-type", "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", &timestamp)
            .header("webhook-signature", self.key.sign(&id, &timestamp, &body))
            .send(body);
        let mut answer = answered.map_err(|error| refusal(&error))?;
        let status = answer.status().as_u16();
        let mut rest = answer.body_mut().as_reader().take(ANSWER);
        // The body's content and completeness do not matter.
        drop(std::io::copy(&mut rest, &mut std::io::sink()));
        let detail = format!("The webhook answered {status}.");
        match status {
            200..=299 => Ok(Accepted {
                detail: Some(detail),
            }),
            300..=399 => Err(SendError::Transient(format!(
                "The webhook answered {status}, and no redirect is followed: configure the address that it leads to."
            ))),
            // Whoever stands before it got no answer from it.
            502 | 504 => Err(SendError::Unknown(detail)),
            408 | 425 | 429 | 500.. => Err(SendError::Transient(detail)),
            410 => Err(SendError::Permanent(
                "The webhook answered 410: it is gone for good.".to_owned(),
            )),
            _ => Err(SendError::Permanent(detail)),
        }
    }
}

fn refusal(error: &ureq::Error) -> SendError {
    use std::io::ErrorKind;
    let before = match error {
        error if broke_encryption(error) => true,
        ureq::Error::HostNotFound
        | ureq::Error::ConnectionFailed
        | ureq::Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => true,
        ureq::Error::Io(error) => matches!(
            error.kind(),
            ErrorKind::ConnectionRefused
                | ErrorKind::HostUnreachable
                | ErrorKind::NetworkUnreachable
        ),
        _ => false,
    };
    let trouble = trouble(error);
    // Once a part was sent, the receiver may have read the whole.
    match before {
        true => SendError::Transient(trouble),
        false => SendError::Unknown(trouble),
    }
}

/// Returns the cause of a failed request. The error itself may contain the URL with a token.
fn trouble(error: &ureq::Error) -> String {
    let trouble = match error {
        error if broke_encryption(error) => {
            "could not agree on encryption with this host: see its ca_file"
        }
        ureq::Error::Timeout(_) => "gave no answer in time",
        ureq::Error::HostNotFound => "cannot be found: its host has no address",
        ureq::Error::ConnectionFailed => "cannot be reached",
        ureq::Error::Io(_) => "cannot be reached, or broke off",
        _ => "gave no answer that is HTTP",
    };
    format!("The webhook {trouble}.")
}

/// Returns true if TLS failed before any data was sent. TLS errors arrive wrapped in a socket error.
fn broke_encryption(error: &ureq::Error) -> bool {
    use std::io::ErrorKind::InvalidData;
    match error {
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => true,
        ureq::Error::Io(io) => io.kind() == InvalidData && io.get_ref().is_some(),
        _ => false,
    }
}

fn certificates(pem: &[u8]) -> Option<Vec<Certificate<'static>>> {
    let mut found = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item.ok()? {
            found.push(certificate);
        }
    }
    (!found.is_empty()).then_some(found)
}

/// The signing key of a webhook.
#[derive(Clone)]
struct Key(Vec<u8>);

impl Key {
    fn read(secret: &str) -> Option<Key> {
        let bytes = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
        SECRET.contains(&bytes.len()).then_some(Key(bytes))
    }

    /// Returns the Standard Webhooks signature. It proves the sender, the content and the time.
    fn sign(&self, id: &str, timestamp: &str, body: &str) -> String {
        let parts = [id, ".", timestamp, ".", body].map(str::as_bytes);
        let mac = crate::mac::of(&self.0, &parts).finalize();
        format!("v1,{}", STANDARD.encode(mac.into_bytes()))
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    /// The example of the specification.
    #[test]
    fn it_signs_as_standard_webhooks_does() {
        let key = Key::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = key.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
