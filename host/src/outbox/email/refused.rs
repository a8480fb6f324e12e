use std::error::Error as _;
use std::io;

use lettre::transport::smtp::Error;

use crate::outbox::SendError;

/// Where in the conversation it was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Before any mail was spoken of: the connection, its encryption, the password.
    Connect,
    Sender,
    Recipient,
    /// Whether a mail may come.
    Data,
    /// What became of the mail, all of which may be there by now.
    Content,
}

const BROKEN: &str = "cannot be reached, or broke off";

/// What the server, or the way to it, had against a mail.
///
/// Of what the server said only the codes are kept: servers like to quote the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    stage: Stage,
    /// The three digits of RFC 5321 §4.2; none where there was no answer.
    code: Option<u16>,
    /// The code of RFC 3463.
    enhanced: Option<[u16; 3]>,
    /// Where there was no answer: what there was instead.
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

    /// The server does not take such an address.
    pub fn beyond_ascii() -> Refused {
        Refused {
            stage: Stage::Sender,
            code: Some(550),
            enhanced: Some([5, 6, 7]),
            trouble: "",
        }
    }

    /// The server let so much time pass that the mail itself was not sent.
    pub fn too_slow() -> Refused {
        Refused::before("took too long: handing a mail over has the time of email.time_limit")
    }

    /// The connection is not one any more.
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

    /// Whether a new conversation may go better at once.
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

    /// Whether it is this host that is not let in. That is for its operator to mend, who has until the last
    /// attempt: no message is lost for a password that was changed.
    fn is_ours(&self) -> bool {
        self.stage == Stage::Connect || matches!(self.code, Some(530 | 534 | 535 | 538))
    }

    /// Whether nobody is there. RFC 3463 has a subject for addresses, of which 7 and 8 are about the sender's;
    /// 2.1 is a mailbox that is switched off. Where the server says no more than that it refuses a recipient,
    /// it is 550, 551 or 553. What it refuses by policy, or since the mailbox is full, is there.
    fn is_nobody(&self, code: u16) -> bool {
        match self.enhanced {
            Some([5, 1, number]) => !matches!(number, 7 | 8),
            Some([5, 2, 1]) => self.stage == Stage::Recipient,
            // X.0.0 says nothing more.
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

/// The error of the socket.
fn io(error: &Error) -> Option<&io::Error> {
    error.source()?.downcast_ref()
}

/// Whether TLS ended the conversation: it speaks through the socket, and brings an error of its own.
fn broke_encryption(error: &Error) -> bool {
    io(error).is_some_and(|io| io.kind() == io::ErrorKind::InvalidData && io.get_ref().is_some())
}

fn timed_out(error: &Error) -> bool {
    // A socket says that it would block where it has waited long enough.
    io(error).is_some_and(|io| {
        matches!(
            io.kind(),
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
        )
    })
}

/// The code that an answer begins with, where it agrees with the three digits.
fn enhanced(code: u16, said: &str) -> Option<[u16; 3]> {
    let word = said.split_whitespace().next()?;
    let mut parts = word.split('.').map(|part| match part.len() {
        1..=3 => part.parse::<u16>().ok(),
        _ => None,
    });
    let found = [parts.next()??, parts.next()??, parts.next()??];
    (parts.next().is_none() && found[0] == code / 100).then_some(found)
}
