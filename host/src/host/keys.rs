use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::{Host, validate};
use crate::error::Error;
use crate::model::KeyId;
use crate::store::{ApiKey, Change, Changeset};

/// What every secret begins with, so that one that leaked into a log or a repository can be found.
const PREFIX: &str = "reg_";

impl Host {
    /// Makes a bearer key with 256 random bits. The secret is in the answer and nowhere else: only
    /// its hash is stored.
    pub fn create_key(&self, name: &str) -> Result<(ApiKey, String), Error> {
        self.core.open()?;
        validate::line("/name", Some(name))?;
        let secret = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret_bytes()));
        let now = self.now();
        let key = ApiKey {
            id: KeyId(self.core.ids.next(now)),
            name: name.to_owned(),
            hash: Sha256::digest(secret.as_bytes()).into(),
            created_at: now,
        };
        let mut changeset = Changeset::new();
        changeset.push(Change::PutApiKey(key.clone()));
        self.core.commit(changeset)?;
        Ok((key, secret))
    }

    /// Whose secret this is; none where it is nobody's. The secret is looked up by its hash, so that
    /// the time it takes says nothing about it.
    pub fn authenticate(&self, secret: &str) -> Result<Option<ApiKey>, Error> {
        if !secret.starts_with(PREFIX) || secret.len() > 100 {
            return Ok(None);
        }
        let hash: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
        Ok(self.core.store.api_key(&hash)?)
    }

    /// Takes a key back: from now on it opens nothing, nor at a server that runs on the same file.
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
        self.core.commit(changeset)?;
        Ok(key)
    }

    pub fn keys(&self) -> Result<Vec<ApiKey>, Error> {
        Ok(self.core.store.api_keys()?)
    }
}

/// Always the operating system's randomness: a seeded host must not have guessable keys.
fn secret_bytes() -> [u8; 32] {
    rand::random()
}
