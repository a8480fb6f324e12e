use regulars_model::*;

/// A request for the [`OutreachView`](crate::OutreachView) of a customer.
#[derive(Debug, Clone)]
pub struct OutreachRequest {
    pub customer: CustomerId,
    /// The start of the window in which messages count.
    pub since: Timestamp,
    /// A message that does not count.
    pub without: Option<MessageId>,
}
