use crate::model::{CustomerId, Timestamp};

/// Whose data is to be erased.
///
/// What stays is a pseudonym: the id and when it was erased; kinds and times of interactions and events; purpose,
/// channel, state and times of messages; outcome and cost of runs; what was said about being contacted, without its
/// words; complaints, closed. Contact points that nobody else has are suppressed.
#[derive(Debug, Clone)]
pub struct Erasure {
    pub customer: CustomerId,
    pub at: Timestamp,
    /// Of the suppressions: where the erasure was asked for.
    pub source: String,
}
