//! Composes mails. Texts of plugins and customers are untrusted: they never become a header, a MIME part or
//! HTML.

use std::time::SystemTime;

use lettre::message::header::{
    ContentTransferEncoding, ContentType, HeaderName, HeaderValue, MimeVersion,
};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::EmailChannel;
use crate::outbox::{Envelope, SendError};
use crate::text::{line, shown};

/// Longest customer name in a header, in characters.
const NAME: usize = 80;
/// Longest subject, in characters. A line has at most 998 (RFC 5322 §2.1.1), and one word may fill it.
const SUBJECT: usize = 300;

/// Returns the recipient's mailbox.
pub(super) fn recipient(envelope: &Envelope) -> Result<Mailbox, SendError> {
    let nowhere =
        || SendError::NoSuchPoint("The stored address is not a valid mail address.".to_owned());
    let to = envelope.to.as_deref().ok_or_else(nowhere)?.trim();
    let (user, domain) = to.rsplit_once('@').ok_or_else(nowhere)?;
    // International domains have an ASCII form (RFC 5890), which every server accepts.
    let domain = idna::domain_to_ascii(domain).map_err(|_| nowhere())?;
    let address = Address::new(user, domain).map_err(|_| nowhere())?;
    let name = envelope.name.as_deref().map(|name| line(name.trim(), NAME));
    Ok(Mailbox::new(name.filter(|name| !name.is_empty()), address))
}

/// Returns the mail in wire format. The same parcel gives the same bytes.
pub(super) fn write(
    channel: &EmailChannel,
    envelope: &Envelope,
    to: Mailbox,
) -> Result<Vec<u8>, SendError> {
    let message = &envelope.message;
    let id = format!("<{}@{}>", message.id, channel.from.email.domain());
    let mut mail = Message::builder()
        .from(channel.from.clone())
        .to(to)
        .subject(line(message.subject.trim(), SUBJECT))
        .date(SystemTime::from(envelope.now))
        // The id is the same at every attempt, so that duplicates can be recognised (RFC 5322 §3.6.4).
        .message_id(Some(id))
        .header(MimeVersion::new(1, 0))
        // Suppresses automatic replies (RFC 3834 §5).
        .raw_header(raw("Auto-Submitted", "auto-generated"));
    if let Some(reply_to) = &channel.reply_to {
        mail = mail.reply_to(reply_to.clone());
    }
    if let Some(link) = envelope.unsubscribe.as_deref().filter(|link| is_uri(link)) {
        mail = mail
            .raw_header(raw("List-Unsubscribe", &format!("<{link}>")))
            .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
    }
    let body = shown(message.body.clone());
    let footer = channel.footer.of(envelope);
    let language = envelope.language.as_deref();
    let alternatives = MultiPart::builder()
        .kind(lettre::message::MultiPartKind::Alternative)
        // Quoted-printable always encodes an equals sign as =3D: no text can contain this boundary.
        .boundary(format!("=_{}", message.id.0.simple()))
        .singlepart(part(ContentType::TEXT_PLAIN, footer.text(&body)))
        .singlepart(part(ContentType::TEXT_HTML, footer.html(&body, language)));
    let mail = mail
        .multipart(alternatives)
        .map_err(|error| SendError::Permanent(format!("The mail cannot be composed: {error}.")))?;
    Ok(mail.formatted())
}

fn part(kind: ContentType, text: String) -> SinglePart {
    let encoding = ContentTransferEncoding::QuotedPrintable;
    let body = Body::new_with_encoding(text, encoding);
    // Every text can be encoded like this; an empty body is the safe fallback.
    let body = body.unwrap_or_else(|_| Body::new(String::new()));
    SinglePart::builder().header(kind).body(body)
}

/// Creates a header with a trusted value.
fn raw(name: &'static str, value: &str) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str(name);
    HeaderValue::dangerous_new_pre_encoded(name, value.to_owned(), value.to_owned())
}

/// Returns true if the link can stand in a header unchanged (RFC 2369 §2).
fn is_uri(link: &str) -> bool {
    link.len() <= 900
        && link
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b','))
}
