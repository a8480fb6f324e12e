//! Token buckets: all rate limits of the project use them.

use crate::Timestamp;

/// A token bucket. In any interval, the number of tokens taken is at most the burst plus the rate times the interval's
/// length.
#[derive(Debug)]
pub struct TokenBucket {
    /// Tokens per period.
    rate: u64,
    /// The length of the period in milliseconds.
    period: u64,
    burst: u64,
    /// The tokens in the bucket, times the period: a whole number, so that no fraction is lost.
    level: u128,
    /// The instant of the last refill, in milliseconds since 1970.
    refilled: i64,
}

impl TokenBucket {
    /// Returns a full bucket. `rate` is in tokens per `period`, and `period` in milliseconds. All three numbers must be
    /// above 0.
    pub fn new(rate: u64, period: u64, burst: u64, now: Timestamp) -> TokenBucket {
        TokenBucket {
            rate,
            period,
            burst,
            level: u128::from(burst) * u128::from(period),
            refilled: now.as_millisecond(),
        }
    }

    /// Changes the rate and the burst. A higher burst adds no tokens; a lower one removes the excess.
    pub fn set_limits(&mut self, rate: u64, burst: u64, now: Timestamp) {
        self.refill(now);
        (self.rate, self.burst) = (rate, burst);
        self.level = self.level.min(self.full());
    }

    pub fn rate(&self) -> u64 {
        self.rate
    }

    /// Returns the number of whole tokens in the bucket.
    pub fn available(&mut self, now: Timestamp) -> u64 {
        self.refill(now);
        u64::try_from(self.level / u128::from(self.period)).unwrap_or(u64::MAX)
    }

    /// Takes `amount` tokens and returns true. Returns false and takes none if there are fewer.
    pub fn take(&mut self, amount: u64, now: Timestamp) -> bool {
        self.refill(now);
        let wanted = u128::from(amount) * u128::from(self.period);
        let enough = self.level >= wanted;
        if enough {
            self.level -= wanted;
        }
        enough
    }

    /// Returns unused tokens to the bucket, up to the burst.
    pub fn give_back(&mut self, amount: u64) {
        let more = u128::from(amount) * u128::from(self.period);
        self.level = (self.level + more).min(self.full());
    }

    /// Returns the milliseconds until the bucket holds `amount` tokens, if none are taken meanwhile.
    pub fn wait(&mut self, amount: u64, now: Timestamp) -> u64 {
        self.refill(now);
        let wanted = u128::from(amount) * u128::from(self.period);
        if self.level >= wanted {
            // The common case skips the division, the most expensive operation here.
            return 0;
        }
        let missing = wanted - self.level;
        u64::try_from(missing.div_ceil(u128::from(self.rate))).unwrap_or(u64::MAX)
    }

    /// Returns true if the bucket is full.
    pub fn is_full(&mut self, now: Timestamp) -> bool {
        self.refill(now);
        self.level == self.full()
    }

    fn full(&self) -> u128 {
        u128::from(self.burst) * u128::from(self.period)
    }

    fn refill(&mut self, now: Timestamp) {
        let now = now.as_millisecond();
        // A clock that is set back adds no tokens. The next refill counts from the earlier time.
        let passed = u64::try_from(now.saturating_sub(self.refilled)).unwrap_or(0);
        self.refilled = now;
        if passed > 0 {
            let more = u128::from(passed) * u128::from(self.rate);
            self.level = (self.level + more).min(self.full());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_793_610_000_000 + millis).unwrap()
    }

    proptest! {
        /// A client takes tokens at random times, and returns some of them.
        #[test]
        fn no_stretch_of_time_gives_more_than_the_burst_and_the_rate(
            rate in 1_u64..5_000,
            period in prop::sample::select(vec![1_000_u64, 60_000]),
            burst in 1_u64..200,
            steps in prop::collection::vec((0_i64..3_000, 1_u64..150, 0_u64..50), 1..60),
        ) {
            let mut bucket = TokenBucket::new(rate, period, burst, at(0));
            let (mut now, mut taken) = (0, Vec::new());
            for (pause, amount, unused) in steps {
                now += pause;
                let foretold = bucket.wait(amount, at(now));
                let got = bucket.take(amount, at(now));
                prop_assert_eq!(got, foretold == 0);
                if got {
                    let unused = unused.min(amount);
                    bucket.give_back(unused);
                    taken.push((now, amount - unused));
                } else if amount <= burst {
                    // The tokens are there exactly at the predicted time.
                    let then = now + i64::try_from(foretold).unwrap();
                    prop_assert!(bucket.available(at(then - 1)) < amount);
                    prop_assert!(bucket.available(at(then)) >= amount);
                    now = then;
                }
            }
            for (first, (from, _)) in taken.iter().enumerate() {
                let mut sum = 0;
                for (until, amount) in &taken[first..] {
                    sum += amount;
                    let passed = u64::try_from(until - from).unwrap();
                    prop_assert!(sum <= burst + rate * passed / period);
                }
            }
        }
    }

    #[test]
    fn a_clock_that_is_set_back_gives_nothing_and_goes_on_from_there() {
        let mut bucket = TokenBucket::new(1, 1_000, 2, at(0));
        assert!(bucket.take(2, at(0)));
        assert!(!bucket.take(1, at(-3_600_000)));
        assert!(!bucket.take(1, at(-3_599_001)));
        assert!(bucket.take(1, at(-3_599_000)));
        // Forward again: one hour refills the bucket up to the burst.
        assert_eq!(bucket.available(at(0)), 2);
    }
}
