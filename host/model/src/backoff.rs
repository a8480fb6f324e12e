//! Exponential backoff, the one way to space out attempts.

use jiff::SignedDuration;

use crate::ids;

/// Waits that grow by a factor after each attempt.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// The wait after the first attempt.
    pub first: SignedDuration,
    pub factor: i32,
    /// No wait is longer.
    pub longest: SignedDuration,
}

impl Backoff {
    /// Returns the wait after an attempt, counted from 1.
    pub fn after(&self, attempt: u32) -> SignedDuration {
        let factor = self.factor.saturating_pow(attempt.saturating_sub(1));
        self.first.saturating_mul(factor).min(self.longest)
    }

    /// Returns [`Backoff::after`] less up to a quarter, so that attempts that failed together are not retried
    /// together. The same parts always give the same wait.
    pub fn spread_after(&self, attempt: u32, parts: &[&[u8]]) -> SignedDuration {
        let wait = self.after(attempt);
        let quarter = u64::try_from(wait.as_millis() / 4).unwrap_or(0);
        let less = ids::seed(parts) % quarter.max(1);
        wait - SignedDuration::from_millis(i64::try_from(less).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wait_grows_up_to_the_longest() {
        let backoff = Backoff {
            first: SignedDuration::from_secs(30),
            factor: 4,
            longest: SignedDuration::from_hours(4),
        };
        let seconds = [0, 1, 2, 3, 6, 7, u32::MAX].map(|attempt| backoff.after(attempt).as_secs());
        assert_eq!(seconds, [30, 30, 120, 480, 14_400, 14_400, 14_400]);
    }

    #[test]
    fn spread_takes_off_less_than_a_quarter() {
        let backoff = Backoff {
            first: SignedDuration::from_secs(40),
            factor: 2,
            longest: SignedDuration::MAX,
        };
        for part in 0..100_u32 {
            let wait = backoff.spread_after(1, &[&part.to_le_bytes()]);
            assert_eq!(wait, backoff.spread_after(1, &[&part.to_le_bytes()]));
            assert!(wait > SignedDuration::from_secs(30) && wait <= SignedDuration::from_secs(40));
        }
    }
}
