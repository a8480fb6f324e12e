//! Rates per key, customer or address.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use crate::limits::Rate;
use regulars::model::Timestamp;
use regulars::token_bucket::TokenBucket;

/// Number of buckets above which full ones are removed.
const PRUNE_ABOVE: usize = 4096;
/// Milliseconds.
const SECOND: u64 = 1000;

/// Token buckets by key. Without a rate there is no limit.
pub(crate) struct KeyedBuckets<K> {
    rate: Option<Rate>,
    buckets: Mutex<HashMap<K, TokenBucket>>,
}

impl<K: Hash + Eq> KeyedBuckets<K> {
    pub fn new(rate: Option<Rate>) -> KeyedBuckets<K> {
        KeyedBuckets {
            rate,
            buckets: Mutex::default(),
        }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// If there is none: the seconds until there is one.
    pub fn take(&self, key: K, now: Timestamp) -> Result<(), u32> {
        let Some(Rate { per_second, burst }) = self.rate else {
            return Ok(());
        };
        let (rate, burst) = (u64::from(per_second.max(1)), u64::from(burst.max(1)));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= PRUNE_ABOVE && !buckets.contains_key(&key) {
            buckets.retain(|_, bucket| !bucket.is_full(now));
        }
        let bucket = buckets
            .entry(key)
            .or_insert_with(|| TokenBucket::new(rate, SECOND, burst, now));
        if bucket.take(1, now) {
            return Ok(());
        }
        let seconds = bucket.wait(1, now).div_ceil(SECOND).max(1);
        Err(u32::try_from(seconds).unwrap_or(u32::MAX))
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
        let buckets = KeyedBuckets::new(Some(rate));
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
        assert_eq!(KeyedBuckets::new(None).take("a", at(0)), Ok(()));
    }

    #[test]
    fn what_is_full_again_is_forgotten() {
        let rate = Rate {
            per_second: 1,
            burst: 1,
        };
        let buckets = KeyedBuckets::new(Some(rate));
        for index in 0..3 * PRUNE_ABOVE {
            let now = Timestamp::from_millisecond(10 * index as i64).unwrap();
            let _ = buckets.take(index, now);
        }
        assert!(buckets.buckets.lock().unwrap().len() <= PRUNE_ABOVE);
    }
}
