//! Token buckets, one per key, address or customer.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use super::limits::Rate;
use crate::model::Timestamp;

/// Number of buckets above which full ones are removed.
const PRUNE_ABOVE: usize = 4096;

/// Token buckets by key.
pub(super) struct Buckets<K> {
    rate: Option<Rate>,
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    /// Fill level in thousandths of a token.
    level: u64,
    at: i64,
}

impl<K: Hash + Eq> Buckets<K> {
    pub fn new(rate: Option<Rate>) -> Buckets<K> {
        Buckets {
            rate,
            buckets: Mutex::default(),
        }
    }

    /// Takes a token.
    ///
    /// # Errors
    ///
    /// The seconds until the next token is available.
    pub fn take(&self, key: K, now: Timestamp) -> Result<(), u32> {
        let Some(Rate { per_second, burst }) = self.rate else {
            return Ok(());
        };
        let (per_second, most) = (u64::from(per_second.max(1)), u64::from(burst.max(1)) * 1000);
        let now = now.as_millisecond();
        // One token per second is a thousandth per millisecond.
        let filled = |bucket: &Bucket| {
            let rested = u64::try_from(now.saturating_sub(bucket.at)).unwrap_or(0);
            most.min(
                bucket
                    .level
                    .saturating_add(rested.saturating_mul(per_second)),
            )
        };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= PRUNE_ABOVE && !buckets.contains_key(&key) {
            buckets.retain(|_, bucket| filled(bucket) < most);
        }
        let bucket = buckets.entry(key).or_insert(Bucket {
            level: most,
            at: now,
        });
        bucket.level = filled(bucket);
        // A clock that was set back does not empty the bucket.
        bucket.at = now;
        match bucket.level.checked_sub(1000) {
            Some(left) => {
                bucket.level = left;
                Ok(())
            }
            None => {
                let missing = 1000 - bucket.level;
                let seconds = missing.div_ceil(per_second * 1000).max(1);
                Err(u32::try_from(seconds).unwrap_or(u32::MAX))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_the_rate() {
        let rate = Rate {
            per_second: 10,
            burst: 3,
        };
        let buckets = Buckets::new(Some(rate));
        let at = |millis: i64| Timestamp::from_millisecond(1_000_000 + millis).unwrap();
        let took = |key, millis| buckets.take(key, at(millis));
        assert_eq!([took("a", 0), took("a", 0), took("a", 0)], [Ok(()); 3]);
        assert_eq!(took("a", 0), Err(1));
        assert_eq!(took("b", 0), Ok(()), "everybody has their own");
        assert_eq!(took("a", 99), Err(1));
        assert_eq!(took("a", 100), Ok(()));
        assert_eq!(took("a", 100), Err(1));
        // A rest fills it, and no further.
        assert_eq!(
            [took("a", 90_000), took("a", 90_000), took("a", 90_000)],
            [Ok(()); 3]
        );
        assert_eq!(took("a", 90_000), Err(1));
        // The clock is set back.
        assert_eq!(took("a", 10), Err(1));
        assert_eq!(took("a", 110), Ok(()));
        assert_eq!(Buckets::new(None).take("a", at(0)), Ok(()));
    }

    #[test]
    fn what_is_full_again_is_forgotten() {
        let rate = Rate {
            per_second: 1,
            burst: 1,
        };
        let buckets = Buckets::new(Some(rate));
        for index in 0..3 * PRUNE_ABOVE {
            let now = Timestamp::from_millisecond(10 * index as i64).unwrap();
            let _ = buckets.take(index, now);
        }
        assert!(buckets.buckets.lock().unwrap().len() <= PRUNE_ABOVE);
    }
}
