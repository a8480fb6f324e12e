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

/// How much of an answer is read, so that the connection can be used again. None of it is kept.
const ANSWER: u64 = 64 * 1024;
/// What Standard Webhooks puts before a secret.
const PREFIX: &str = "whsec_";
/// The bytes that a secret may have, by Standard Webhooks.
const SECRET: std::ops::RangeInclusive<usize> = 24..=64;

/// Posts messages to a program that carries them on, in the form of
/// [Standard Webhooks](https://www.standardwebhooks.com): text messages, letters, a chat.
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
    /// # Errors
    /// Names the key of the `[[webhook]]` table that cannot be used, and what would be right. No connection is made.
    pub fn new(
        settings: &WebhookSettings,
        business: Option<&str>,
    ) -> Result<WebhookChannel, ConfigError> {
        let at = |key: &str| format!("webhook.{}.{key}", settings.name);
        let secret = settings.secret.as_ref().map(Secret::reveal);
        let key = Key::read(secret.unwrap_or_default()).ok_or_else(|| {
            let right = "is no secret of Standard Webhooks: write whsec_ and 24 to 64 bytes in base64, such as \
                         what `echo whsec_$(openssl rand -base64 32)` prints";
            ConfigError::new(at("secret"), right)
        })?;
        let mut tls = TlsConfig::builder();
        if let Some(pem) = &settings.ca {
            let authorities = certificates(pem).ok_or_else(|| {
                let right = "holds no certificate: a file in the form PEM is expected";
                ConfigError::new(at("ca_file"), right)
            })?;
            tls = tls.root_certs(RootCerts::new_with_certs(&authorities));
        }
        let config = ureq::Agent::config_builder()
            .tls_config(tls.build())
            .http_status_as_error(false)
            // Where a message goes is what the operator wrote, not what somebody answers.
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

    fn body(&self, parcel: &Envelope) -> Json {
        let message = &parcel.message;
        json!({
            "type": "message.send",
            "timestamp": message.created_at,
            "data": {
                "message": message.id,
                "channel": self.name,
                "attempt": parcel.attempt,
                "purpose": message.purpose,
                "topic": message.topic,
                "subject": message.subject,
                "body": message.body,
                "value": message.value,
                "reason": message.because.reason,
                "expires_at": message.expires_at,
                "business": self.business,
                "customer": message.customer,
                "name": parcel.name,
                "language": parcel.language,
                "to": parcel.to,
                "page": parcel.page,
                "unsubscribe": parcel.unsubscribe,
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
        // Its own time limit ends it first, and knows more.
        self.time_limit + Duration::from_secs(5)
    }

    fn send(&self, parcel: &Envelope) -> Result<Accepted, SendError> {
        let id = parcel.message.id.to_string();
        let timestamp = parcel.now.as_second().to_string();
        let body = self.body(parcel).to_string();
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
        // What is in it, and whether it comes to its end, changes nothing.
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
    // Once something of it was sent, nobody can tell how much was read.
    match before {
        true => SendError::Transient(trouble),
        false => SendError::Unknown(trouble),
    }
}

/// What kept it from being answered. The error itself may name the address, which can hold a token.
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

/// Whether TLS ended it, before anything was sent: it speaks through the socket, and brings an error of its own.
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

/// What webhooks are signed with.
#[derive(Clone)]
struct Key(Vec<u8>);

impl Key {
    fn read(secret: &str) -> Option<Key> {
        let bytes = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
        SECRET.contains(&bytes.len()).then_some(Key(bytes))
    }

    /// The signature of Standard Webhooks: by it the receiver knows who sent it, that nothing was changed,
    /// and that it is not an old one.
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
