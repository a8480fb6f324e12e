//! Ids: UUIDv7 (RFC 9562 §5.7) from the host's clock and a seeded generator, and derived ids, which are
//! reproducible.

use std::sync::{Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::{EventId, InteractionId, Timestamp};

/// A generator of ids.
pub struct Ids {
    random: Mutex<StdRng>,
}

impl Ids {
    /// Creates a generator. With a seed, the same calls give the same ids, for tests and rehearsals. Without
    /// one, it uses the operating system's randomness.
    pub fn new(seed: Option<u64>) -> Ids {
        let random = match seed {
            Some(seed) => StdRng::seed_from_u64(seed),
            None => rand::make_rng(),
        };
        Ids {
            random: Mutex::new(random),
        }
    }

    /// Returns a UUIDv7.
    pub fn next(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }

    /// Returns random bytes for a secret.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(&mut bytes);
        bytes
    }
}

/// Returns the id derived from `parts`: a UUIDv8 (RFC 9562 §5.8) of their SHA-256. Each part is prefixed by
/// its length, so that no two lists of parts collide.
pub fn derived(parts: &[&[u8]]) -> Uuid {
    Builder::from_custom_bytes(hash(parts)[..16].try_into().unwrap_or_default()).into_uuid()
}

/// Returns the id of an interaction's event: one interaction is one event, and no caller can choose the id of
/// another event.
pub fn event_of(interaction: InteractionId) -> EventId {
    EventId(derived(&[b"interaction", interaction.0.as_bytes()]))
}

/// Returns an id derived from `parts` as a UUIDv7 of `time`, for records in order of time.
pub fn derived_at(time: Timestamp, parts: &[&[u8]]) -> Uuid {
    let millis = u64::try_from(time.as_millisecond()).unwrap_or(0);
    let random: [u8; 10] = hash(parts)[..10].try_into().unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// Returns a pseudo-random number derived from `parts`.
pub fn seed(parts: &[&[u8]]) -> u64 {
    u64::from_le_bytes(hash(parts)[..8].try_into().unwrap_or_default())
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
