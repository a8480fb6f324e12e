use std::error::Error as _;
use std::io;

use lettre::transport::smtp::Error;

use crate::outbox::SendError;

/// The stage of the SMTP conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Before any mail: the connection, its encryption, the login.
    Connect,
    Sender,
    Recipient,
    /// The DATA command.
    Data,
    /// The content. The server may have all of it.
    Content,
}

const BROKEN: &str = "cannot be reached, or broke off";

/// A rejection by the mail server, or a failure on the way to it.
///
/// Only the codes of a response are kept: servers often quote the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    stage: Stage,
    /// The reply code of RFC 5321 §4.2. `None` without a response.
    code: Option<u16>,
    /// The enhanced status code of RFC 3463.
    enhanced: Option<[u16; 3]>,
    /// The failure, if there was no response.
    trouble: &'static str,
}

impl Refused {
    pub fn new(stage: Stage, error: Error) -> Refused {
        let code: Option<u16> = error
            .status()
            .and_then(|code| code.to_string().parse().ok());
        let said = error.source().map(ToString::to_string).unwrap_or_default();
        Refused {
            stage,
            code,
            enhanced: code.and_then(|code| enhanced(code, &said)),
            trouble: if timed_out(&error) {
                "gave no answer in time"
            } else if error.is_tls() || broke_encryption(&error) {
                "could not agree on encryption with this host: see email.encryption and email.ca_file"
            } else if error.is_client() {
                "does not offer what email.encryption or email.username asks for"
            } else if error.is_response() {
                "gave no answer that is SMTP"
            } else {
                BROKEN
            },
        }
    }

    /// Returns the rejection for a non-ASCII address that the server does not support.
    pub fn beyond_ascii() -> Refused {
        Refused {
            stage: Stage::Sender,
            code: Some(550),
            enhanced: Some([5, 6, 7]),
            trouble: "",
        }
    }

    /// Returns the failure for a server that was too slow for the mail to be sent.
    pub fn too_slow() -> Refused {
        Refused::before("took too long: handing a mail over has the time of email.time_limit")
    }

    /// Returns the failure for a closed connection.
    pub fn broken() -> Refused {
        Refused::before(BROKEN)
    }

    fn before(trouble: &'static str) -> Refused {
        Refused {
            stage: Stage::Connect,
            code: None,
            enhanced: None,
            trouble,
        }
    }

    /// Returns true if a new conversation may succeed at once.
    pub fn ends_conversation(&self) -> bool {
        matches!(self.code, None | Some(421))
    }

    pub fn refusal(&self) -> SendError {
        let Some(code) = self.code else {
            let detail = format!("The mail server {}.", self.trouble);
            return match self.stage {
                Stage::Content => SendError::Unknown(detail),
                _ => SendError::Transient(detail),
            };
        };
        let what = match self.stage {
            Stage::Connect => "this host",
            Stage::Sender => "the sender",
            Stage::Recipient => "the recipient",
            Stage::Data | Stage::Content => "the mail",
        };
        let mut detail = format!("The mail server refused {what}: {code}");
        if let Some([class, subject, number]) = self.enhanced {
            detail += &format!(" {class}.{subject}.{number}");
        }
        detail += &match self.meaning() {
            Some(meaning) => format!(" ({meaning})."),
            None => ".".to_owned(),
        };
        if code < 500 || self.is_ours() {
            SendError::Transient(detail)
        } else if self.is_nobody(code) {
            SendError::NoSuchPoint(detail)
        } else {
            SendError::Permanent(detail)
        }
    }

    /// Returns true if the server rejects this host itself. The operator has time to fix that until the last
    /// attempt, so that a changed password loses no message.
    fn is_ours(&self) -> bool {
        self.stage == Stage::Connect || matches!(self.code, Some(530 | 534 | 535 | 538))
    }

    /// Returns true if the mailbox does not exist. In RFC 3463 subject 1 means addresses, of which 7 and 8
    /// concern the sender; 2.1 is a disabled mailbox. Without a more precise code, 550, 551 and 553 count.
    /// Policy rejections and full mailboxes do not.
    fn is_nobody(&self, code: u16) -> bool {
        match self.enhanced {
            Some([5, 1, number]) => !matches!(number, 7 | 8),
            Some([5, 2, 1]) => self.stage == Stage::Recipient,
            // X.0.0 carries no more information.
            None | Some([5, 0, 0]) => {
                self.stage == Stage::Recipient && matches!(code, 550 | 551 | 553)
            }
            Some(_) => false,
        }
    }

    fn meaning(&self) -> Option<&'static str> {
        Some(match self.enhanced? {
            [_, 1, 1 | 2 | 3 | 6 | 10] => "there is no such mailbox",
            [_, 1, 7 | 8] => "the sender's address is not accepted",
            [_, 2, 1] => "the mailbox is switched off",
            [_, 2, 2] => "the mailbox is full",
            [_, 2, 3] | [_, 3, 4] => "the mail is too large",
            [_, 4, _] => "the way there is blocked",
            [_, 6, 7] => "the server takes no addresses with letters beyond ASCII",
            [_, 7, _] => "by a rule of the server's",
            _ => return None,
        })
    }
}

/// Returns the socket error, if any.
fn io(error: &Error) -> Option<&io::Error> {
    error.source()?.downcast_ref()
}

/// Returns true if TLS ended the conversation. TLS errors arrive wrapped in a socket error.
fn broke_encryption(error: &Error) -> bool {
    io(error).is_some_and(|io| io.kind() == io::ErrorKind::InvalidData && io.get_ref().is_some())
}

fn timed_out(error: &Error) -> bool {
    // A socket reports a timeout as `WouldBlock`.
    io(error).is_some_and(|io| {
        matches!(
            io.kind(),
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
        )
    })
}

/// Returns the enhanced code at the start of a response, if it agrees with the reply code.
fn enhanced(code: u16, said: &str) -> Option<[u16; 3]> {
    let word = said.split_whitespace().next()?;
    let mut parts = word.split('.').map(|part| match part.len() {
        1..=3 => part.parse::<u16>().ok(),
        _ => None,
    });
    let found = [parts.next()??, parts.next()??, parts.next()??];
    (parts.next().is_none() && found[0] == code / 100).then_some(found)
}
