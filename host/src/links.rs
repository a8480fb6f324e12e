//! Signed links to the customer portal and to one-click unsubscription.
//!
//! A link contains a token: its purpose, customer and expiry, with an HMAC-SHA-256 (RFC 2104) under a key
//! from the database. Nothing is stored for a link, and anyone who has it can use it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac;
use jiff::SignedDuration;
use uuid::Uuid;

use crate::mac;
use crate::model::{ContactKind, CustomerId, Message, MessageId, Timestamp};

/// Lifetime of a portal link.
const PAGE: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Lifetime of an unsubscribe link. Mailboxes keep mail for a long time.
const UNSUBSCRIBE: SignedDuration = SignedDuration::from_hours(24 * 400);
/// Bytes of the truncated HMAC.
const MAC: usize = 16;
const BODY: usize = 1 + 16 + 8;
/// Additional bytes of an unsubscribe link: message, kind of contact point and its hash.
const MORE: usize = 16 + 1 + 32;

/// Makes links, and reads them.
#[derive(Clone)]
pub(crate) struct Links {
    /// The public URL, without a trailing slash.
    base: Option<String>,
    key: [u8; 32],
}

/// The target of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// The customer portal.
    Page(CustomerId),
    Unsubscribe(UnsubscribeLink),
}

/// Unsubscription of the contact point to which a message went. The link names the point, so that it works
/// after the customer and the message are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnsubscribeLink {
    pub customer: CustomerId,
    pub message: MessageId,
    pub kind: ContactKind,
    /// As in [`Suppression::hash`](crate::model::Suppression::hash).
    pub hash: [u8; 32],
}

/// The reason why a link cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// The token is not from this host, or is for another purpose.
    Unknown,
    /// The link was valid and has expired.
    Expired,
    /// The customer was erased.
    Erased,
}

impl Links {
    pub fn new(base: Option<&str>, key: [u8; 32]) -> Links {
        Links {
            base: base.map(|base| base.trim_end_matches('/').to_owned()),
            key,
        }
    }

    /// Returns a link to the customer portal, valid for ninety days, or `None` without a public URL.
    pub fn page(&self, customer: CustomerId, now: Timestamp) -> Option<String> {
        self.page_until(customer, now).map(|(url, _)| url)
    }

    /// Returns [`Links::page`] with its expiry.
    pub fn page_until(&self, customer: CustomerId, now: Timestamp) -> Option<(String, Timestamp)> {
        let base = self.base.as_deref()?;
        let until = Timestamp::from_second(now.checked_add(PAGE).ok()?.as_second()).ok()?;
        let token = self.token(Link::Page(customer), until);
        Some((format!("{base}/my/{token}"), until))
    }

    /// Returns the URL for one-click unsubscription of the message's contact point (RFC 8058).
    pub fn unsubscribe(&self, message: &Message, kind: ContactKind) -> Option<String> {
        let base = self.base.as_deref()?;
        let until = message.created_at.checked_add(UNSUBSCRIBE).ok()?;
        let link = Link::Unsubscribe(UnsubscribeLink {
            customer: message.customer,
            message: message.id,
            kind,
            hash: message.point?,
        });
        let token = self.token(link, until);
        Some(format!("{base}/my/{token}/unsubscribe"))
    }

    pub fn token(&self, link: Link, until: Timestamp) -> String {
        let mut bytes = Vec::with_capacity(BODY + MORE + MAC);
        let (letter, customer) = match link {
            Link::Page(customer) => (b'p', customer),
            Link::Unsubscribe(link) => (b'u', link.customer),
        };
        bytes.push(letter);
        bytes.extend_from_slice(customer.0.as_bytes());
        bytes.extend_from_slice(&until.as_second().to_be_bytes());
        if let Link::Unsubscribe(link) = link {
            bytes.extend_from_slice(link.message.0.as_bytes());
            bytes.push(match link.kind {
                ContactKind::Email => b'e',
                ContactKind::Tel => b't',
                ContactKind::External => b'x',
            });
            bytes.extend_from_slice(&link.hash);
        }
        let mac = mac::of(&self.key, &[&bytes]).finalize().into_bytes();
        bytes.extend_from_slice(&mac[..MAC]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Returns the target of a token. The HMAC is compared in constant time.
    pub fn read(&self, token: &str, now: Timestamp) -> Result<Link, Closed> {
        let bytes = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
        let body = bytes.len().checked_sub(MAC).ok_or(Closed::Unknown)?;
        let (body, mac) = bytes.split_at(body);
        mac::of(&self.key, &[body])
            .verify_truncated_left(mac)
            .map_err(|_| Closed::Unknown)?;
        let (link, until) = parse(body).ok_or(Closed::Unknown)?;
        if now.as_second() > until {
            return Err(Closed::Expired);
        }
        Ok(link)
    }
}

/// Returns the target and the expiry, in seconds since 1970, of a token's body.
fn parse(body: &[u8]) -> Option<(Link, i64)> {
    let (head, more) = body.split_at_checked(BODY)?;
    let customer = CustomerId(Uuid::from_slice(&head[1..17]).ok()?);
    let until = i64::from_be_bytes(head[17..].try_into().ok()?);
    let link = match (head[0], more.len()) {
        (b'p', 0) => Link::Page(customer),
        (b'u', MORE) => Link::Unsubscribe(UnsubscribeLink {
            customer,
            message: MessageId(Uuid::from_slice(&more[..16]).ok()?),
            kind: match more[16] {
                b'e' => ContactKind::Email,
                b't' => ContactKind::Tel,
                b'x' => ContactKind::External,
                _ => return None,
            },
            hash: more[17..].try_into().ok()?,
        }),
        _ => return None,
    };
    Some((link, until))
}
