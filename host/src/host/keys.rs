use std::collections::BTreeSet;
use std::sync::PoisonError;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Host, validate};
use crate::error::Error;
use crate::model::{Act, KeyId, KeyScope, Timestamp, instant};
use crate::store::{ApiKey, Change, Changeset};

/// What every secret begins with, so that one that leaked into a log or a repository can be found.
const PREFIX: &str = "reg_";
/// The last use of a key is stored this often at the most.
const USE_STORED_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// Whose it is: for the list and the audit.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 200))]
    pub name: String,
    /// What it opens; at least one.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<KeyScope>, min_items = 1))]
    pub scopes: BTreeSet<KeyScope>,
    /// From then on it opens nothing; it does not expire where this is not given.
    #[serde(default, deserialize_with = "instant")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<Timestamp>,
}

impl NewKey {
    /// A key with these scopes that does not expire.
    pub fn new(name: impl Into<String>, scopes: impl IntoIterator<Item = KeyScope>) -> NewKey {
        NewKey {
            name: name.into(),
            scopes: scopes.into_iter().collect(),
            expires_at: None,
        }
    }

    /// A key that opens everything.
    pub fn admin(name: impl Into<String>) -> NewKey {
        NewKey::new(name, [KeyScope::Admin])
    }
}

impl Host {
    /// Makes a bearer key with 256 random bits. The secret is in the answer and nowhere else: only
    /// its hash is stored.
    ///
    /// # Errors
    /// [`Error::Invalid`] names what of it cannot be.
    pub fn create_key(&self, new: NewKey) -> Result<(ApiKey, String), Error> {
        self.core.open()?;
        let now = self.now();
        self.check_key(&new, now)?;
        let secret = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret_bytes()));
        let key = ApiKey {
            id: KeyId(self.core.ids.next(now)),
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
        self.core.commit(changeset)?;
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
        let plugins = self.core.plugins();
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

    /// Whose secret this is; none where it is nobody's, or the key has expired.
    ///
    /// The secret is looked up by its SHA-256, never compared: how long the look-up takes depends on
    /// hashes alone, which nobody can choose the beginning of, so it says nothing about any secret.
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

    /// The key with this hash, unless it was revoked or has expired.
    pub(crate) fn standing(&self, hash: &[u8; 32]) -> Result<Option<ApiKey>, Error> {
        let key = self.core.store.api_key(hash)?;
        let now = self.now();
        Ok(key.filter(|key| key.expires_at.is_none_or(|at| now < at)))
    }

    /// Stores that a key was used, unless that was done lately. Nobody waits for it.
    fn used(&self, key: &ApiKey) {
        let now = self.now();
        let lately = |at: Timestamp| now.duration_since(at) < USE_STORED_EVERY;
        if key.last_used_at.is_some_and(lately) || self.core.open().is_err() {
            return;
        }
        let mut stored = self
            .core
            .key_uses
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
        self.core.submit(changeset, |_, result| {
            if let Err(error) = result {
                tracing::warn!(%error, "the last use of a key could not be stored");
            }
        });
    }

    /// Takes a key back: from now on it opens nothing, nor at a server that runs on the same file,
    /// and what it has open there ends.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn revoke_key(&self, id: KeyId) -> Result<ApiKey, Error> {
        self.core.open()?;
        let key = self
            .keys()?
            .into_iter()
            .find(|key| key.id == id)
            .ok_or_else(|| Error::not_found("key", id))?;
        let mut changeset = Changeset::new();
        changeset.push(Change::RemoveApiKey(id));
        let details = json!({ "name": key.name, "scopes": key.scopes });
        changeset.push(self.act_of(Act::KeyRevoked, id.to_string(), details));
        self.core.commit(changeset)?;
        self.core
            .key_uses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
        self.core.revoked.send_modify(|count| *count += 1);
        Ok(key)
    }

    /// By age, expired ones included.
    pub fn keys(&self) -> Result<Vec<ApiKey>, Error> {
        Ok(self.core.store.api_keys()?)
    }
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Always the operating system's randomness: a seeded host must not have guessable keys.
fn secret_bytes() -> [u8; 32] {
    rand::random()
}
