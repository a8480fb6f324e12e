use crate::model::Timestamp;

/// A token bucket. In any period of time it gives at most the burst plus the rate times the period.
#[derive(Debug)]
pub(super) struct TokenBucket {
    /// Tokens added in one period.
    rate: u64,
    /// Milliseconds.
    period: u64,
    /// The most tokens that the bucket holds.
    burst: u64,
    /// Tokens available, times the period, so that no fraction is lost.
    level: u128,
    /// The time of the last refill, in milliseconds since 1970.
    refilled_at: i64,
}

impl TokenBucket {
    /// Creates a full bucket. `rate` and `burst` are above 0, `period` is in milliseconds.
    pub fn new(rate: u64, period: u64, burst: u64, now: Timestamp) -> TokenBucket {
        TokenBucket {
            rate,
            period,
            burst,
            level: u128::from(burst) * u128::from(period),
            refilled_at: now.as_millisecond(),
        }
    }

    /// Replaces rate and burst. The number of tokens never grows by it.
    pub fn set_limits(&mut self, rate: u64, burst: u64, now: Timestamp) {
        self.refill(now);
        (self.rate, self.burst) = (rate, burst);
        self.level = self.level.min(self.full());
    }

    pub fn rate(&self) -> u64 {
        self.rate
    }

    /// Returns the tokens available.
    pub fn available(&mut self, now: Timestamp) -> u64 {
        self.refill(now);
        u64::try_from(self.level / u128::from(self.period)).unwrap_or(u64::MAX)
    }

    /// Takes `amount` tokens and returns true, or takes none if there are fewer.
    pub fn take(&mut self, amount: u64, now: Timestamp) -> bool {
        self.refill(now);
        let wanted = u128::from(amount) * u128::from(self.period);
        let enough = self.level >= wanted;
        if enough {
            self.level -= wanted;
        }
        enough
    }

    /// Returns unused tokens to the bucket.
    pub fn give_back(&mut self, amount: u64) {
        let more = u128::from(amount) * u128::from(self.period);
        self.level = (self.level + more).min(self.full());
    }

    /// Returns the milliseconds until `amount` tokens are available, provided that none are taken.
    pub fn wait(&mut self, amount: u64, now: Timestamp) -> u64 {
        self.refill(now);
        let wanted = u128::from(amount) * u128::from(self.period);
        if self.level >= wanted {
            // The common case is returned early, because the division below is slow.
            return 0;
        }
        let missing = wanted - self.level;
        u64::try_from(missing.div_ceil(u128::from(self.rate))).unwrap_or(u64::MAX)
    }

    fn full(&self) -> u128 {
        u128::from(self.burst) * u128::from(self.period)
    }

    fn refill(&mut self, now: Timestamp) {
        let now = now.as_millisecond();
        // A clock that was set back adds no tokens; the next refill counts from the new time.
        let passed = u64::try_from(now.saturating_sub(self.refilled_at)).unwrap_or(0);
        self.refilled_at = now;
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
        /// A caller takes tokens at random times and returns some of them.
        #[test]
        fn no_period_gives_more_than_burst_and_rate(
            rate in 1_u64..5_000,
            period in prop::sample::select(vec![1_000_u64, 60_000]),
            burst in 1_u64..200,
            steps in prop::collection::vec((0_i64..3_000, 1_u64..150, 0_u64..50), 1..60),
        ) {
            let mut bucket = TokenBucket::new(rate, period, burst, at(0));
            let (mut now, mut taken) = (0, Vec::new());
            for (pause, amount, unused) in steps {
                now += pause;
                let predicted = bucket.wait(amount, at(now));
                let got = bucket.take(amount, at(now));
                prop_assert_eq!(got, predicted == 0);
                if got {
                    let unused = unused.min(amount);
                    bucket.give_back(unused);
                    taken.push((now, amount - unused));
                } else if amount <= burst {
                    // The tokens are available at the predicted time, and not before.
                    let then = now + i64::try_from(predicted).unwrap();
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
    fn clock_set_back_adds_no_tokens() {
        let mut bucket = TokenBucket::new(1, 1_000, 2, at(0));
        assert!(bucket.take(2, at(0)));
        assert!(!bucket.take(1, at(-3_600_000)));
        assert!(!bucket.take(1, at(-3_599_001)));
        assert!(bucket.take(1, at(-3_599_000)));
        // The clock jumps forward by an hour, and the burst caps the refill.
        assert_eq!(bucket.available(at(0)), 2);
    }
}
