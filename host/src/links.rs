//! Signed links to a customer's own page, and to the one click that ends messages to a contact point.
//!
//! A link is a token: what it opens, for whom and until when, and an HMAC-SHA-256 (RFC 2104) over that with a key
//! of the file's own. Nothing is stored for it, and whoever has it needs no other key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac;
use jiff::SignedDuration;
use uuid::Uuid;

use crate::mac;
use crate::model::{ContactKind, CustomerId, Message, MessageId, Timestamp};

/// How long a link to the page works.
const PAGE: SignedDuration = SignedDuration::from_hours(24 * 90);
/// How long one click ends messages: mailboxes keep mail for long.
const UNSUBSCRIBE: SignedDuration = SignedDuration::from_hours(24 * 400);
/// What is kept of the HMAC.
const MAC: usize = 16;
const BODY: usize = 1 + 16 + 8;
/// What a link to unsubscribe has more: message, kind of contact point and its hash.
const MORE: usize = 16 + 1 + 32;

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
    Unsubscribe(UnsubscribeLink),
}

/// The end of messages to the contact point that a message went to. It names the point, so that it works when
/// neither the customer nor the message is there any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnsubscribeLink {
    pub customer: CustomerId,
    pub message: MessageId,
    pub kind: ContactKind,
    /// As in [`Suppression::hash`](crate::model::Suppression::hash).
    pub hash: [u8; 32],
}

/// Why a link opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// No host made it, or it opens something else.
    Unknown,
    /// It was a link of this host, and its time is over.
    Expired,
    /// It is the link of somebody whose data was erased.
    Erased,
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

    /// Where a POST ends all messages to the contact point, of this kind, that this message goes to (RFC 8058).
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

    /// What a token opens. It is compared in constant time.
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

/// What a token's body says, and until when in seconds since 1970.
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
