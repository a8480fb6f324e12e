//! Messages as mail, handed to one mail server (RFC 5321) which takes them on.

mod footer;
mod mail;
mod refused;
mod smtp;

pub(super) use footer::Footer;

use std::time::Duration;

use lettre::message::Mailbox;

use super::config::{ConfigError, EmailSettings};
use super::{Accepted, Channel, Envelope, SendError};
use crate::model::ContactKind;
use smtp::Smtp;

/// The name of the channel.
pub(super) const NAME: &str = "email";

/// Sends messages as mail.
#[derive(Debug)]
pub struct EmailChannel {
    from: Mailbox,
    reply_to: Option<Mailbox>,
    footer: Footer,
    smtp: Smtp,
    time_limit: Duration,
}

impl EmailChannel {
    /// `business` is what the mail says it comes from; without it, the name in `from`.
    ///
    /// # Errors
    /// Names the key of the `[email]` table that cannot be used, and what would be right. No connection is made.
    pub fn new(
        settings: &EmailSettings,
        business: Option<&str>,
    ) -> Result<EmailChannel, ConfigError> {
        let from = mailbox("email.from", &settings.from)?;
        let business = business
            .or(from.name.as_deref())
            .unwrap_or_else(|| from.email.domain());
        Ok(EmailChannel {
            footer: Footer::new(business, settings.footer.clone()),
            reply_to: match &settings.reply_to {
                Some(reply_to) => Some(mailbox("email.reply_to", reply_to)?),
                None => None,
            },
            smtp: Smtp::new(settings, from.email.domain())?,
            time_limit: settings.time_limit,
            from,
        })
    }
}

impl Channel for EmailChannel {
    fn name(&self) -> &str {
        NAME
    }

    fn reaches(&self) -> Option<ContactKind> {
        Some(ContactKind::Email)
    }

    fn needs_links(&self) -> bool {
        true
    }

    fn time_limit(&self) -> Duration {
        // To get as far as the mail itself; to send that; to hear what came of it. The channel ends each itself,
        // and then knows what the host could only guess.
        3 * self.time_limit + Duration::from_secs(5)
    }

    fn send(&self, parcel: &Envelope) -> Result<Accepted, SendError> {
        let to = mail::recipient(parcel)?;
        let address = to.email.clone();
        let mail = mail::write(self, parcel, to)?;
        match self.smtp.send(&self.from.email, &address, &mail) {
            Ok(()) => Ok(Accepted::default()),
            Err(refused) => Err(refused.refusal()),
        }
    }
}

fn mailbox(key: &str, text: &str) -> Result<Mailbox, ConfigError> {
    text.parse().map_err(|_| {
        let right = "no address: write hello@example.com, or Gym North <hello@example.com>";
        ConfigError::new(key, right)
    })
}
