use regulars_model::{CustomerId, Timestamp};

/// The erasure of one customer.
///
/// A pseudonym stays: the id and the instant of the erasure; kinds and times of interactions and events; purpose,
/// channel, state and times of messages; outcome and cost of runs; consents without their words; complaints, closed.
/// Contact points that no other customer has are suppressed.
#[derive(Debug, Clone)]
pub struct Erasure {
    pub customer: CustomerId,
    pub at: Timestamp,
    /// The source of the suppressions: the place of the request.
    pub source: String,
}
