//! The SMTP conversation. lettre implements the protocol. Its own transport does not tell which command was
//! rejected, and a rejected mail differs from a rejected address.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{Certificate, SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};

use super::refused::{Refused, Stage};
use crate::clock::Stopwatch;
use crate::outbox::THREADS;
use crate::outbox::config::{ConfigError, EmailSettings, Encryption};

/// Idle seconds of a connection that every server allows.
const IDLE_SECONDS: f64 = 30.0;
/// Mails per connection that every server allows.
const MAILS: u32 = 50;

/// A mail server and its open connections.
pub(super) struct Smtp {
    host: String,
    port: u16,
    encryption: Encryption,
    tls: Option<TlsParameters>,
    credentials: Option<Credentials>,
    hello: ClientId,
    /// See [`EmailSettings::time_limit`].
    time_limit: Duration,
    idle: Mutex<Vec<Kept>>,
}

struct Kept {
    connection: SmtpConnection,
    mails: u32,
    since: Stopwatch,
}

impl Smtp {
    pub fn new(settings: &EmailSettings, own_domain: &str) -> Result<Smtp, ConfigError> {
        let tls = match settings.encryption {
            Encryption::None => None,
            Encryption::Tls | Encryption::Starttls => Some(tls(settings)?),
        };
        let credentials = settings.username.as_ref().zip(settings.password.as_ref());
        Ok(Smtp {
            host: settings.host.clone(),
            port: settings.port(),
            encryption: settings.encryption,
            tls,
            credentials: credentials.map(|(user, password)| {
                Credentials::new(user.clone(), password.reveal().to_owned())
            }),
            hello: ClientId::Domain(own_domain.to_owned()),
            time_limit: settings.time_limit,
            idle: Mutex::default(),
        })
    }

    /// Sends a mail. The content is sent only within the time limit, so that an abandoned send cannot happen
    /// later. The server's final response has the same time again.
    pub fn send(&self, from: &Address, to: &Address, mail: &[u8]) -> Result<(), Refused> {
        let deadline = Deadline::after(self.time_limit);
        if let Some(mut kept) = self.kept() {
            match begin(&mut kept.connection, &deadline, from, to, mail) {
                Ok(()) => return self.finish(kept, &deadline, to, mail),
                // The server has closed the conversation meanwhile, or wants a new one. Nothing was sent.
                Err(refused) if refused.ends_conversation() => close(&mut kept.connection),
                Err(refused) => {
                    close(&mut kept.connection);
                    return Err(refused);
                }
            }
        }
        let mut connection = self.connect(&deadline)?;
        if let Err(refused) = begin(&mut connection, &deadline, from, to, mail) {
            close(&mut connection);
            return Err(refused);
        }
        let since = Stopwatch::start();
        let kept = Kept {
            connection,
            mails: 0,
            since,
        };
        self.finish(kept, &deadline, to, mail)
    }

    fn finish(
        &self,
        mut kept: Kept,
        deadline: &Deadline,
        to: &Address,
        mail: &[u8],
    ) -> Result<(), Refused> {
        let sent = self.hand_over(&mut kept.connection, deadline, to, mail);
        if let Err(refused) = sent {
            close(&mut kept.connection);
            return Err(refused);
        }
        kept.mails += 1;
        kept.since = Stopwatch::start();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.mails < MAILS && idle.len() < THREADS {
            idle.push(kept);
        } else {
            drop(idle);
            close(&mut kept.connection);
        }
        Ok(())
    }

    fn hand_over(
        &self,
        connection: &mut SmtpConnection,
        deadline: &Deadline,
        to: &Address,
        mail: &[u8],
    ) -> Result<(), Refused> {
        deadline.bound(connection)?;
        connection
            .command(Rcpt::new(to.clone(), Vec::new()))
            .map_err(|error| Refused::new(Stage::Recipient, error))?;
        deadline.bound(connection)?;
        connection
            .command(Data)
            .map_err(|error| Refused::new(Stage::Data, error))?;
        // The last moment before the content is sent.
        deadline.bound(connection)?;
        give(connection, self.time_limit)?;
        connection
            .message(mail)
            .map_err(|error| Refused::new(Stage::Content, error))?;
        Ok(())
    }

    /// Returns an open connection that can be reused.
    fn kept(&self) -> Option<Kept> {
        loop {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let mut kept = idle.pop()?;
            drop(idle);
            if kept.since.seconds() < IDLE_SECONDS {
                return Some(kept);
            }
            close(&mut kept.connection);
        }
    }

    fn connect(&self, deadline: &Deadline) -> Result<SmtpConnection, Refused> {
        let refused = |error: Error| Refused::new(Stage::Connect, error);
        let at_once = self
            .tls
            .as_ref()
            .filter(|_| self.encryption == Encryption::Tls);
        let server = (self.host.as_str(), self.port);
        let timeout = Some(deadline.left()?);
        let mut connection = SmtpConnection::connect(server, timeout, &self.hello, at_once, None)
            .map_err(refused)?;
        if let (Encryption::Starttls, Some(tls)) = (self.encryption, &self.tls) {
            deadline.bound(&mut connection)?;
            // Fails if the server has no STARTTLS: mail is never sent unencrypted as a fallback.
            connection.starttls(tls, &self.hello).map_err(refused)?;
        }
        if let Some(credentials) = &self.credentials {
            deadline.bound(&mut connection)?;
            connection
                .auth(DEFAULT_MECHANISMS, credentials)
                .map_err(refused)?;
        }
        Ok(connection)
    }
}

/// The deadline for sending a mail.
struct Deadline {
    since: Stopwatch,
    limit: Duration,
}

impl Deadline {
    fn after(limit: Duration) -> Deadline {
        Deadline {
            since: Stopwatch::start(),
            limit,
        }
    }

    /// Returns the remaining time, or a failure if there is none.
    fn left(&self) -> Result<Duration, Refused> {
        let passed = Duration::from_secs_f64(self.since.seconds());
        let left = self.limit.checked_sub(passed);
        left.filter(|left| !left.is_zero())
            .ok_or_else(Refused::too_slow)
    }

    /// Limits the next response to the remaining time.
    fn bound(&self, connection: &mut SmtpConnection) -> Result<(), Refused> {
        give(connection, self.left()?)
    }
}

/// Limits each further response to this time.
fn give(connection: &mut SmtpConnection, time: Duration) -> Result<(), Refused> {
    // A socket that rejects the timeout is broken.
    let set = connection.set_timeout(Some(time));
    set.map_err(|_| Refused::broken())
}

/// Closes a connection without waiting for an unresponsive server.
fn close(connection: &mut SmtpConnection) {
    // A socket that rejects the timeout is broken and returns at once.
    drop(connection.set_timeout(Some(Duration::from_secs(1))));
    connection.abort();
}

/// Starts a mail with sender and recipient.
fn begin(
    connection: &mut SmtpConnection,
    deadline: &Deadline,
    from: &Address,
    to: &Address,
    mail: &[u8],
) -> Result<(), Refused> {
    let mut parameters = Vec::new();
    let server = connection.server_info();
    let beyond_ascii = |address: &Address| !address.to_string().is_ascii();
    if beyond_ascii(to) || beyond_ascii(from) {
        if !server.supports_feature(Extension::SmtpUtfEight) {
            return Err(Refused::beyond_ascii());
        }
        parameters.push(MailParameter::SmtpUtfEight);
        if server.supports_feature(Extension::EightBitMime) && !mail.is_ascii() {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
    }
    deadline.bound(connection)?;
    connection
        .command(Mail::new(Some(from.clone()), parameters))
        .map_err(|error| Refused::new(Stage::Sender, error))?;
    Ok(())
}

/// Returns the TLS parameters: the server's certificate must come from the configured authority, else from a
/// public one.
fn tls(settings: &EmailSettings) -> Result<TlsParameters, ConfigError> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(pem) = &settings.ca {
        let wrong =
            |_| ConfigError::new("email.ca_file", "no certificate found: expected a PEM file");
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(wrong)?);
    }
    builder.build().map_err(|error| {
        ConfigError::new("email.encryption", format!("cannot set up TLS: {error}"))
    })
}

impl Drop for Smtp {
    fn drop(&mut self) {
        let idle = self.idle.get_mut().unwrap_or_else(PoisonError::into_inner);
        for mut kept in idle.drain(..) {
            close(&mut kept.connection);
        }
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}
