//! Sentences for staff that the store's changes write into messages. The sentences that customers read are in the
//! host's `sentences.rs`.

/// The reason of a cancelled message whose contact point was suppressed.
pub const SUPPRESSED: &str = "Nothing is sent to this contact point any more.";

/// The reason of a cancelled message whose plugin was uninstalled.
pub const UNINSTALLED: &str = "The plugin that proposed it was uninstalled.";

/// The reason of a message that was cancelled by the erasure of its customer.
pub const ERASED: &str = "The customer was erased.";
