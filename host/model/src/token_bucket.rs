//! Token buckets, the one way to limit a rate.

use crate::Timestamp;

/// A token bucket. The tokens taken in any stretch of time are at most the burst, and the rate times that
/// stretch.
#[derive(Debug)]
pub struct TokenBucket {
    /// Tokens per period.
    rate: u64,
    /// Milliseconds.
    period: u64,
    burst: u64,
    /// Tokens times the period, so that no fraction is lost.
    level: u128,
    /// The instant of the last refill, in milliseconds since 1970.
    refilled: i64,
}

impl TokenBucket {
    /// Returns a full bucket. `rate` and `burst` are above 0, `period` is in milliseconds.
    pub fn new(rate: u64, period: u64, burst: u64, now: Timestamp) -> TokenBucket {
        TokenBucket {
            rate,
            period,
            burst,
            level: u128::from(burst) * u128::from(period),
            refilled: now.as_millisecond(),
        }
    }

    /// Changes the rate and the burst. The level never rises.
    pub fn set_limits(&mut self, rate: u64, burst: u64, now: Timestamp) {
        self.refill(now);
        (self.rate, self.burst) = (rate, burst);
        self.level = self.level.min(self.full());
    }

    pub fn rate(&self) -> u64 {
        self.rate
    }

    /// Returns the number of whole tokens that can be taken now.
    pub fn available(&mut self, now: Timestamp) -> u64 {
        self.refill(now);
        u64::try_from(self.level / u128::from(self.period)).unwrap_or(u64::MAX)
    }

    /// Takes tokens. Returns false, and takes none, if there are fewer.
    pub fn take(&mut self, amount: u64, now: Timestamp) -> bool {
        self.refill(now);
        let wanted = u128::from(amount) * u128::from(self.period);
        let enough = self.level >= wanted;
        if enough {
            self.level -= wanted;
        }
        enough
    }

    /// Puts back tokens that were taken and not used.
    pub fn give_back(&mut self, amount: u64) {
        let more = u128::from(amount) * u128::from(self.period);
        self.level = (self.level + more).min(self.full());
    }

    /// Returns the milliseconds until `amount` tokens are there, if none are taken meanwhile.
    pub fn wait(&mut self, amount: u64, now: Timestamp) -> u64 {
        self.refill(now);
        let wanted = u128::from(amount) * u128::from(self.period);
        if self.level >= wanted {
            // Nearly always: a division costs more than all the rest.
            return 0;
        }
        let missing = wanted - self.level;
        u64::try_from(missing.div_ceil(u128::from(self.rate))).unwrap_or(u64::MAX)
    }

    /// Returns true if no token is missing.
    pub fn is_full(&mut self, now: Timestamp) -> bool {
        self.refill(now);
        self.level == self.full()
    }

    fn full(&self) -> u128 {
        u128::from(self.burst) * u128::from(self.period)
    }

    fn refill(&mut self, now: Timestamp) {
        let now = now.as_millisecond();
        // A clock that was set back adds no tokens, and time counts from there.
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
        /// Whoever takes what they can get, whenever, and gives some of it back.
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
                    // It is there when it was foretold, and not before.
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
        // Forward again: an hour's worth, cut at the burst.
        assert_eq!(bucket.available(at(0)), 2);
    }
}
