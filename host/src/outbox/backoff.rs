use jiff::SignedDuration;

use crate::model::MessageId;

/// Delivery attempts before a message fails. With the delays this takes about nine hours.
pub(super) const ATTEMPTS: u32 = 8;

const FIRST: SignedDuration = SignedDuration::from_secs(30);
const LONGEST: SignedDuration = SignedDuration::from_hours(4);

/// Returns the delay after an attempt, counted from 1: 30 s, then four times as long each time, up to 4 h. A
/// jitter derived from the message takes off up to a quarter, so that messages that failed together are not
/// retried together.
pub(super) fn after(attempt: u32, message: MessageId) -> SignedDuration {
    let factor = 4_i32.saturating_pow(attempt.saturating_sub(1).min(10));
    let wait = FIRST.saturating_mul(factor).min(LONGEST);
    crate::ids::spread(wait, &[message.0.as_bytes(), &attempt.to_le_bytes()])
}
