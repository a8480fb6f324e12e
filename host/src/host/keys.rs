use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::{Host, validate};
use crate::error::Error;
use crate::model::{Act, KeyId, KeyScope, Timestamp, instant};
use crate::store::{ApiKey, Change, Changeset};

/// The prefix of every secret, by which leaked ones can be found.
const PREFIX: &str = "reg_";
/// The shortest time between two stored uses of a key.
const USE_STORED_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// The uses of API keys in this process.
#[derive(Default)]
pub(super) struct KeyUses {
    /// The time at which the last use of a key was stored.
    stored_at: Mutex<HashMap<KeyId, Timestamp>>,
    /// The number of keys that this process revoked.
    revoked: watch::Sender<u64>,
}

/// A key to be created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// The name of the key's owner, for the list and the audit.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 200))]
    pub name: String,
    /// The scopes; at least one.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<KeyScope>, min_items = 1))]
    pub scopes: BTreeSet<KeyScope>,
    /// The time of expiry. Without one the key does not expire.
    #[serde(default, deserialize_with = "instant")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<Timestamp>,
}

impl NewKey {
    /// Returns a key with these scopes that does not expire.
    pub fn new(name: impl Into<String>, scopes: impl IntoIterator<Item = KeyScope>) -> NewKey {
        NewKey {
            name: name.into(),
            scopes: scopes.into_iter().collect(),
            expires_at: None,
        }
    }

    /// Returns a key with the scope `admin`.
    pub fn admin(name: impl Into<String>) -> NewKey {
        NewKey::new(name, [KeyScope::Admin])
    }
}

impl Host {
    /// Creates a bearer key with 256 random bits. The secret is in the result alone: only its hash is stored.
    ///
    /// # Errors
    /// [`Error::Invalid`] names what of it cannot be.
    pub fn create_key(&self, new: NewKey) -> Result<(ApiKey, String), Error> {
        self.engine.check_open()?;
        let now = self.now();
        self.check_key(&new, now)?;
        let secret = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret_bytes()));
        let key = ApiKey {
            id: KeyId(self.engine.ids.next(now)),
            name: new.name,
            scopes: new.scopes,
            hash: hash(&secret),
            created_at: now,
            expires_at: new.expires_at.map(super::interactions::to_millis),
            last_used_at: None,
        };
        let mut changeset = Changeset::new();
        changeset.push(Change::PutApiKey(key.clone()));
        let details = json!({
            "name": key.name, "scopes": key.scopes, "expires_at": key.expires_at,
        });
        changeset.push(self.act_of(Act::KeyCreated, key.id.to_string(), details));
        self.engine.commit(changeset)?;
        Ok((key, secret))
    }

    fn check_key(&self, new: &NewKey, now: Timestamp) -> Result<(), Error> {
        if new.name.trim().is_empty() {
            return Err(Error::invalid("/name", "say whose key it is"));
        }
        validate::line("/name", Some(&new.name))?;
        if new.scopes.is_empty() {
            let problem = "at least one of admin, staff, app, metrics and plugin:<id> is expected";
            return Err(Error::invalid("/scopes", problem));
        }
        let plugins = self.engine.plugins();
        for scope in &new.scopes {
            if let KeyScope::Plugin(id) = scope
                && plugins.get(id).is_none()
            {
                let problem = format!("there is no plugin {id}: install it first");
                return Err(Error::invalid("/scopes", problem));
            }
        }
        match new.expires_at {
            Some(at) if at <= now => Err(Error::invalid(
                "/expires_at",
                format!("{at} is over, the host's clock says {now}"),
            )),
            _ => Ok(()),
        }
    }

    /// Returns the key of a secret. `None` for an unknown secret or an expired key.
    pub fn authenticate(&self, secret: &str) -> Result<Option<ApiKey>, Error> {
        if !secret.starts_with(PREFIX) || secret.len() > 100 {
            return Ok(None);
        }
        let key = self.standing(&hash(secret))?;
        if let Some(key) = &key {
            self.used(key);
        }
        Ok(key)
    }

    /// Returns the key with this hash, unless it was revoked or has expired.
    pub fn standing(&self, hash: &[u8; 32]) -> Result<Option<ApiKey>, Error> {
        let key = self.engine.store.api_key(hash)?;
        let now = self.now();
        Ok(key.filter(|key| key.expires_at.is_none_or(|at| now < at)))
    }

    /// Stores a key's use, at most once a minute. The caller does not wait for it.
    fn used(&self, key: &ApiKey) {
        let now = self.now();
        let lately = |at: Timestamp| now.duration_since(at) < USE_STORED_EVERY;
        if key.last_used_at.is_some_and(lately) || self.engine.check_open().is_err() {
            return;
        }
        let mut stored = self
            .key_uses
            .stored_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if stored.get(&key.id).copied().is_some_and(lately) {
            return;
        }
        stored.insert(key.id, now);
        drop(stored);
        let mut changeset = Changeset::new();
        changeset.push(Change::UseApiKey {
            key: key.id,
            at: now,
        });
        self.engine.submit(changeset, |result| {
            if let Err(error) = result {
                tracing::warn!(%error, "the last use of a key could not be stored");
            }
        });
    }

    /// Revokes a key, also for a server that runs on the same file. Streams that it has open there end.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn revoke_key(&self, id: KeyId) -> Result<ApiKey, Error> {
        self.engine.check_open()?;
        let key = self
            .keys()?
            .into_iter()
            .find(|key| key.id == id)
            .ok_or_else(|| Error::not_found("key", id))?;
        let mut changeset = Changeset::new();
        changeset.push(Change::RemoveApiKey(id));
        let details = json!({ "name": key.name, "scopes": key.scopes });
        changeset.push(self.act_of(Act::KeyRevoked, id.to_string(), details));
        self.engine.commit(changeset)?;
        self.key_uses
            .stored_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
        self.key_uses.revoked.send_modify(|count| *count += 1);
        Ok(key)
    }

    /// Counts the keys that this process revokes, for callers that hold something open with one.
    pub fn revocations(&self) -> watch::Receiver<u64> {
        self.key_uses.revoked.subscribe()
    }

    /// By age, expired ones included.
    pub fn keys(&self) -> Result<Vec<ApiKey>, Error> {
        Ok(self.engine.store.api_keys()?)
    }
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Returns random bytes of the operating system, because a seeded host must not have guessable keys.
fn secret_bytes() -> [u8; 32] {
    rand::random()
}
