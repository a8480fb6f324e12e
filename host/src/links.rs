//! Signed links to a customer's own page, and to the one click that ends messages to a contact point.
//!
//! A link is a token: what it opens, for whom and until when, and an HMAC-SHA-256 (RFC 2104) over that with a key
//! of the file's own. Nothing is stored for it, and whoever has it needs no other key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
use sha2::Sha256;
use uuid::Uuid;

use crate::model::{CustomerId, Message, MessageId, Timestamp};

/// How long a link to the page works.
const PAGE: SignedDuration = SignedDuration::from_hours(24 * 90);
/// How long one click ends messages: mailboxes keep mail for long.
const UNSUBSCRIBE: SignedDuration = SignedDuration::from_hours(24 * 400);
/// What is kept of the HMAC.
const MAC: usize = 16;
const BODY: usize = 1 + 16 + 16 + 8;

/// Makes links, and reads them.
#[derive(Clone)]
pub(crate) struct Links {
    /// Where customers reach this host, without a slash at its end.
    base: Option<String>,
    key: [u8; 32],
}

/// What a link opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// The customer's own page.
    Page(CustomerId),
    /// The end of messages to the contact point that this message went to.
    Unsubscribe(CustomerId, MessageId),
}

/// Why a link opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Unknown,
    Expired,
}

impl Links {
    pub fn new(base: Option<&str>, key: [u8; 32]) -> Links {
        Links {
            base: base.map(|base| base.trim_end_matches('/').to_owned()),
            key,
        }
    }

    /// The customer's own page, for ninety days; none where the host has no address on the web.
    pub fn page(&self, customer: CustomerId, now: Timestamp) -> Option<String> {
        self.page_until(customer, now).map(|(url, _)| url)
    }

    /// [`Links::page`], and when it ends.
    pub fn page_until(&self, customer: CustomerId, now: Timestamp) -> Option<(String, Timestamp)> {
        let base = self.base.as_deref()?;
        let until = Timestamp::from_second(now.checked_add(PAGE).ok()?.as_second()).ok()?;
        let token = self.token(Link::Page(customer), until);
        Some((format!("{base}/my/{token}"), until))
    }

    /// Where a POST ends all messages to the contact point that this one goes to (RFC 8058).
    pub fn unsubscribe(&self, message: &Message) -> Option<String> {
        let base = self.base.as_deref()?;
        message.point?;
        let until = message.created_at.checked_add(UNSUBSCRIBE).ok()?;
        let token = self.token(Link::Unsubscribe(message.customer, message.id), until);
        Some(format!("{base}/my/{token}/unsubscribe"))
    }

    pub fn token(&self, link: Link, until: Timestamp) -> String {
        let (kind, customer, message) = match link {
            Link::Page(customer) => (b'p', customer, Uuid::nil()),
            Link::Unsubscribe(customer, message) => (b'u', customer, message.0),
        };
        let mut bytes = Vec::with_capacity(BODY + MAC);
        bytes.push(kind);
        bytes.extend_from_slice(customer.0.as_bytes());
        bytes.extend_from_slice(message.as_bytes());
        bytes.extend_from_slice(&until.as_second().to_be_bytes());
        let mac = self.mac(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&mac[..MAC]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What a token opens. It is compared in constant time.
    pub fn read(&self, token: &str, now: Timestamp) -> Result<Link, Refused> {
        let bytes = URL_SAFE_NO_PAD
            .decode(token)
            .ok()
            .filter(|bytes| bytes.len() == BODY + MAC)
            .ok_or(Refused::Unknown)?;
        let (body, mac) = bytes.split_at(BODY);
        self.mac(body)
            .verify_truncated_left(mac)
            .map_err(|_| Refused::Unknown)?;
        let id = |at: usize| Uuid::from_slice(&body[at..at + 16]).map_err(|_| Refused::Unknown);
        let (customer, message) = (CustomerId(id(1)?), MessageId(id(17)?));
        let until = body[33..].try_into().map(i64::from_be_bytes);
        let until = until.map_err(|_| Refused::Unknown)?;
        let link = match body[0] {
            b'p' => Link::Page(customer),
            b'u' => Link::Unsubscribe(customer, message),
            _ => return Err(Refused::Unknown),
        };
        if now.as_second() > until {
            return Err(Refused::Expired);
        }
        Ok(link)
    }

    fn mac(&self, body: &[u8]) -> Hmac<Sha256> {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else {
            // HMAC takes keys of any length.
            unreachable!("a key of 32 bytes is one")
        };
        mac.update(body);
        mac
    }
}
