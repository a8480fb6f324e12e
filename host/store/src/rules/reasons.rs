//! Sentences that the store's changes leave for people to read.

/// The reason of a cancelled message whose contact point was suppressed.
pub const SUPPRESSED: &str = "Nothing is sent to this contact point any more.";

/// The reason of a cancelled message whose plugin was uninstalled.
pub const UNINSTALLED: &str = "The plugin that proposed it was uninstalled.";

/// The reason of a message that was cancelled by the erasure of its customer.
pub const ERASED: &str = "The customer was erased.";
