use super::{Accepted, Channel, Envelope, SendError};
use crate::model::ContactKind;

/// Logs messages instead of sending them, for trials.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogChannel;

impl Channel for LogChannel {
    fn name(&self) -> &str {
        "log"
    }

    fn reaches(&self) -> Option<ContactKind> {
        None
    }

    fn send(&self, parcel: &Envelope) -> Result<Accepted, SendError> {
        let message = &parcel.message;
        // What it says is about a person: the message's record has it.
        tracing::info!(message = %message.id, plugin = %message.plugin, purpose = ?message.purpose, "message");
        Ok(Accepted::default())
    }
}
