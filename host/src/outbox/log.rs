use super::{Channel, Parcel, Refusal, Taken};
use crate::model::ContactKind;

/// Logs that a message would have been sent, and delivers nothing. For trials.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogChannel;

impl Channel for LogChannel {
    fn name(&self) -> &str {
        "log"
    }

    fn reaches(&self) -> Option<ContactKind> {
        None
    }

    fn send(&self, parcel: &Parcel) -> Result<Taken, Refusal> {
        let message = &parcel.message;
        // The content is personal data: it is only in the message's record.
        tracing::info!(message = %message.id, plugin = %message.plugin, purpose = ?message.purpose, "message");
        Ok(Taken::default())
    }
}
