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

    fn send(&self, envelope: &Envelope) -> Result<Accepted, SendError> {
        let message = &envelope.message;
        // The content is personal data: it is only in the message's record.
        tracing::info!(message = %message.id, plugin = %message.plugin, purpose = ?message.purpose, "message");
        Ok(Accepted::default())
    }
}
