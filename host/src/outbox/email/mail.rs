//! Writing a mail. What plugins and customers wrote is hostile: it is text, and nothing of it is a header,
//! a part of its own, or HTML.

use std::time::SystemTime;

use lettre::message::header::{
    ContentTransferEncoding, ContentType, HeaderName, HeaderValue, MimeVersion,
};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::EmailChannel;
use crate::outbox::{Envelope, SendError};
use crate::text::{line, shown};

/// Characters of a customer's name in a header: more is no name.
const NAME: usize = 80;
/// Characters of a subject. A line has 998 at the most (RFC 5322 §2.1.1), and one word may be all of it.
const SUBJECT: usize = 300;

/// Whom it goes to.
pub(super) fn recipient(parcel: &Envelope) -> Result<Mailbox, SendError> {
    let nowhere =
        || SendError::NoSuchPoint("No mail can be sent to what is kept as the address.".to_owned());
    let to = parcel.to.as_deref().ok_or_else(nowhere)?.trim();
    let (user, domain) = to.rsplit_once('@').ok_or_else(nowhere)?;
    // Domains beyond ASCII have a form within it (RFC 5890), which every server takes.
    let domain = idna::domain_to_ascii(domain).map_err(|_| nowhere())?;
    let address = Address::new(user, domain).map_err(|_| nowhere())?;
    let name = parcel.name.as_deref().map(|name| line(name.trim(), NAME));
    Ok(Mailbox::new(name.filter(|name| !name.is_empty()), address))
}

/// The mail as it goes over the wire. The same parcel gives the same bytes.
pub(super) fn write(
    channel: &EmailChannel,
    parcel: &Envelope,
    to: Mailbox,
) -> Result<Vec<u8>, SendError> {
    let message = &parcel.message;
    let id = format!("<{}@{}>", message.id, channel.from.email.domain());
    let mut mail = Message::builder()
        .from(channel.from.clone())
        .to(to)
        .subject(line(message.subject.trim(), SUBJECT))
        .date(SystemTime::from(parcel.now))
        // The same at every attempt: by it, what came twice can be known (RFC 5322 §3.6.4).
        .message_id(Some(id))
        .header(MimeVersion::new(1, 0))
        // Nobody's holiday notice answers it (RFC 3834 §5).
        .raw_header(raw("Auto-Submitted", "auto-generated"));
    if let Some(reply_to) = &channel.reply_to {
        mail = mail.reply_to(reply_to.clone());
    }
    if let Some(link) = parcel.unsubscribe.as_deref().filter(|link| is_uri(link)) {
        mail = mail
            .raw_header(raw("List-Unsubscribe", &format!("<{link}>")))
            .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
    }
    let body = shown(message.body.clone());
    let footer = channel.footer.of(parcel);
    let language = parcel.language.as_deref();
    let alternatives = MultiPart::builder()
        .kind(lettre::message::MultiPartKind::Alternative)
        // In quoted-printable an equals sign is always written as =3D: no text can hold this line.
        .boundary(format!("=_{}", message.id.0.simple()))
        .singlepart(part(ContentType::TEXT_PLAIN, footer.text(&body)))
        .singlepart(part(ContentType::TEXT_HTML, footer.html(&body, language)));
    let mail = mail
        .multipart(alternatives)
        .map_err(|error| SendError::Permanent(format!("No mail can be made of it: {error}.")))?;
    Ok(mail.formatted())
}

fn part(kind: ContentType, text: String) -> SinglePart {
    let encoding = ContentTransferEncoding::QuotedPrintable;
    let body = Body::new_with_encoding(text, encoding);
    // Every text can be written so; were it not, nothing is better than something else.
    let body = body.unwrap_or_else(|_| Body::new(String::new()));
    SinglePart::builder().header(kind).body(body)
}

/// A header with a value of this host's own.
fn raw(name: &'static str, value: &str) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str(name);
    HeaderValue::dangerous_new_pre_encoded(name, value.to_owned(), value.to_owned())
}

/// Whether it can stand in a header as it is (RFC 2369 §2).
fn is_uri(link: &str) -> bool {
    link.len() <= 900
        && link
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b','))
}
