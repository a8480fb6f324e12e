//! Messages as mail, handed to one mail server (RFC 5321) that relays them.

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

/// Name of the channel.
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
    /// Creates the channel. `business` is the sender's name in mails; without it, the name in `from`. No
    /// connection is made.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the invalid key of the `[email]` table and the accepted values.
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
        // Up to three limits: before the content, for the content, and for the final response. The channel
        // enforces each itself and so knows the precise result.
        3 * self.time_limit + Duration::from_secs(5)
    }

    fn send(&self, envelope: &Envelope) -> Result<Accepted, SendError> {
        let to = mail::recipient(envelope)?;
        let address = to.email.clone();
        let mail = mail::write(self, envelope, to)?;
        match self.smtp.send(&self.from.email, &address, &mail) {
            Ok(()) => Ok(Accepted::default()),
            Err(refused) => Err(refused.refusal()),
        }
    }
}

fn mailbox(key: &str, text: &str) -> Result<Mailbox, ConfigError> {
    text.parse().map_err(|_| {
        let right =
            "invalid mail address: expected hello@example.com, or Gym North <hello@example.com>";
        ConfigError::new(key, right)
    })
}
