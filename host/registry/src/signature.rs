//! Signatures and keys in minisign's format: ed25519 over a BLAKE2b hash of the bytes, and over a comment.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use regulars_model::Timestamp;

/// Bytes of a public key: two of algorithm, eight of id, the key.
const PUBLIC: usize = 42;
/// Bytes of a signature's first line: two of algorithm, eight of id, the signature.
const SIGNED: usize = 74;
/// The maximum size of a signature's text in bytes, with comments.
const TEXT: usize = 4096;
/// The marker of a secret key that is encrypted with a password.
const SCRYPT: &[u8] = b"Sc";

/// The id of a key, as its signatures claim it. A key's owner can choose its id, so an id selects a key and
/// proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(u64);

impl KeyId {
    /// Returns the id within minisign's encoding, which follows the algorithm.
    fn of(bytes: &[u8]) -> Option<KeyId> {
        let id = bytes.get(2..10)?.try_into().ok()?;
        Some(KeyId(u64::from_le_bytes(id)))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016X}", self.0)
    }
}

/// A signature or key that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    #[error(
        "not a minisign signature: expected four lines, as `regulars plugin sign` or `minisign -S` write them"
    )]
    NoSignature,

    #[error(
        "not a minisign public key: expected a line of 56 characters that begins with RW, or a file from \
         `regulars plugin keygen` or `minisign -G`"
    )]
    NoPublicKey,

    #[error(
        "not a minisign secret key: expected a file from `regulars plugin keygen` or `minisign -G`"
    )]
    NoSecretKey,

    #[error("the password is wrong")]
    WrongPassword,

    #[error(
        "legacy signature format: sign again with `regulars plugin sign` or minisign 0.11 or later"
    )]
    Old,

    /// A signature of other bytes or by another key.
    #[error("the signature does not match these bytes and this key")]
    Wrong,
}

/// The public half of a key pair. It verifies signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    inner: minisign_verify::PublicKey,
    id: KeyId,
    text: String,
}

impl PublicKey {
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Returns the text of a file that minisign reads.
    pub fn to_file(&self) -> String {
        format!(
            "untrusted comment: minisign public key {}\n{}\n",
            self.id, self.text
        )
    }

    /// Checks a signature of these bytes.
    ///
    /// # Errors
    /// [`SignatureError::Wrong`] if it does not match, [`SignatureError::Old`] for minisign's legacy format.
    pub fn verify(&self, bytes: &[u8], signature: &Signature) -> Result<(), SignatureError> {
        match self.inner.verify(bytes, &signature.inner, false) {
            Ok(()) => Ok(()),
            Err(minisign_verify::Error::UnexpectedAlgorithm) => Err(SignatureError::Old),
            Err(_) => Err(SignatureError::Wrong),
        }
    }
}

/// Writes the base64 line.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Parses the base64 line, alone or below a comment line.
impl FromStr for PublicKey {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<PublicKey, SignatureError> {
        let refuse = || SignatureError::NoPublicKey;
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let first = lines.next().ok_or_else(refuse)?;
        let line = match first.starts_with("untrusted comment:") {
            true => lines.next().ok_or_else(refuse)?,
            false => first,
        };
        let bytes = STANDARD.decode(line).map_err(|_| refuse())?;
        if bytes.len() != PUBLIC {
            return Err(refuse());
        }
        Ok(PublicKey {
            inner: minisign_verify::PublicKey::from_base64(line).map_err(|_| refuse())?,
            id: KeyId::of(&bytes).ok_or_else(refuse)?,
            text: line.to_owned(),
        })
    }
}

/// A signature of some bytes and of a comment.
#[derive(Clone)]
pub struct Signature {
    inner: minisign_verify::Signature,
    id: KeyId,
    text: String,
}

impl Signature {
    /// Returns the id of the key that the signature claims.
    pub fn key(&self) -> KeyId {
        self.id
    }

    /// Returns the text, as files and registries store it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the signer's comment. The signature covers it, so it is authentic once [`PublicKey::verify`]
    /// succeeds.
    pub fn comment(&self) -> &str {
        self.inner.trusted_comment()
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature(by {})", self.id)
    }
}

impl FromStr for Signature {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Signature, SignatureError> {
        let refuse = || SignatureError::NoSignature;
        if text.len() > TEXT {
            return Err(refuse());
        }
        let line = text.lines().nth(1).ok_or_else(refuse)?;
        let bytes = STANDARD.decode(line.trim()).map_err(|_| refuse())?;
        if bytes.len() != SIGNED {
            return Err(refuse());
        }
        Ok(Signature {
            inner: minisign_verify::Signature::decode(text).map_err(|_| refuse())?,
            id: KeyId::of(&bytes).ok_or_else(refuse)?,
            text: text.to_owned(),
        })
    }
}

/// The secret half of a key pair. It makes signatures, and `Debug` hides it.
pub struct SecretKey(minisign::SecretKey);

impl SecretKey {
    /// Generates a key pair. Returns the text of the secret key's file, encrypted if `password` is given, and
    /// the public key.
    ///
    /// # Errors
    /// [`SignatureError::NoSecretKey`] if the system gives no randomness.
    pub fn generate(password: Option<&str>) -> Result<(String, PublicKey), SignatureError> {
        let refuse = |_| SignatureError::NoSecretKey;
        let pair = match password {
            Some(password) => {
                minisign::KeyPair::generate_encrypted_keypair(Some(password.to_owned()))
            }
            None => minisign::KeyPair::generate_unencrypted_keypair(),
        }
        .map_err(refuse)?;
        let comment = match password {
            Some(_) => "minisign encrypted secret key",
            None => "minisign secret key without a password",
        };
        let file = pair.sk.to_box(Some(comment)).map_err(refuse)?.into_string();
        Ok((file, pair.pk.to_base64().parse()?))
    }

    /// Returns true if a secret key's file is encrypted with a password.
    pub fn is_encrypted(file: &str) -> bool {
        let line = file.lines().nth(1).unwrap_or_default().trim();
        let bytes = STANDARD.decode(line).unwrap_or_default();
        bytes.get(2..4) == Some(SCRYPT)
    }

    /// Reads the text of a secret key's file. `password` is ignored for an unencrypted key.
    ///
    /// # Errors
    /// [`SignatureError::NoSecretKey`], [`SignatureError::WrongPassword`].
    pub fn read(file: &str, password: Option<&str>) -> Result<SecretKey, SignatureError> {
        let boxed =
            minisign::SecretKeyBox::from_string(file).map_err(|_| SignatureError::NoSecretKey)?;
        let key = match SecretKey::is_encrypted(file) {
            // Without a password, the library would ask the terminal for one.
            true => {
                let password = password.unwrap_or_default().to_owned();
                minisign::SecretKey::from_box(boxed, Some(password))
                    .map_err(|_| SignatureError::WrongPassword)?
            }
            false => minisign::SecretKey::from_unencrypted_box(boxed)
                .map_err(|_| SignatureError::NoSecretKey)?,
        };
        Ok(SecretKey(key))
    }

    /// Returns the public key that belongs to this one.
    ///
    /// # Errors
    /// [`SignatureError::NoSecretKey`].
    pub fn public(&self) -> Result<PublicKey, SignatureError> {
        let key = minisign::PublicKey::from_secret_key(&self.0);
        let key = key.map_err(|_| SignatureError::NoSecretKey)?;
        key.to_base64().parse()
    }

    /// Signs bytes. The comment holds the time and the file's name, in minisign's own form.
    ///
    /// # Errors
    /// [`SignatureError::NoSecretKey`], also if the system gives no randomness.
    pub fn sign(
        &self,
        bytes: &[u8],
        file: &str,
        now: Timestamp,
    ) -> Result<Signature, SignatureError> {
        let file = regulars_model::text::line(file, 200);
        let comment = format!("timestamp:{}\tfile:{file}\thashed", now.as_second());
        let made = minisign::sign(
            None,
            &self.0,
            bytes,
            Some(&comment),
            Some("signature from regulars plugin sign"),
        );
        let made = made.map_err(|_| SignatureError::NoSecretKey)?;
        made.into_string().parse()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by minisign 0.11.
    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    const SIGNATURE: &str = "untrusted comment: signature from minisign secret key\n\
        RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=\n\
        trusted comment: timestamp:1633700835\tfile:test\tprehashed\n\
        wLMDjy9FLAuxZ3q4NlEvkgtyhrr0gtTu6KC4KBJdITbbOeAi1zBIYo0v4iTgt8jJpIidRJnp94ABQkJAgAooBQ==";

    #[test]
    fn verifies_signatures_of_minisign() {
        let key: PublicKey = KEY.parse().unwrap();
        let signature: Signature = SIGNATURE.parse().unwrap();
        assert_eq!(key.id(), signature.key());
        assert_eq!(key.id().to_string(), "E7620F1842B4E81F");
        assert_eq!(key.verify(b"test", &signature), Ok(()));
        assert_eq!(key.verify(b"Test", &signature), Err(SignatureError::Wrong));
        let changed = SIGNATURE.replace("1633700835", "1633700836");
        let changed: Signature = changed.parse().unwrap();
        assert_eq!(key.verify(b"test", &changed), Err(SignatureError::Wrong));
        assert_eq!(key.to_file().parse::<PublicKey>().unwrap(), key);
    }

    #[test]
    fn rejects_malformed_keys_and_signatures() {
        let lines: Vec<&str> = SIGNATURE.lines().collect();
        for garbage in [
            "",
            "\n\n\n",
            "RW",
            "é\né\né\né",
            &lines[..3].join("\n"),
            &"a\n".repeat(5000),
        ] {
            assert!(garbage.parse::<Signature>().is_err(), "{garbage}");
            assert!(garbage.parse::<PublicKey>().is_err(), "{garbage}");
            assert!(SecretKey::read(garbage, None).is_err(), "{garbage}");
        }
    }

    #[test]
    fn encrypted_key_needs_its_password() {
        let (file, public) = SecretKey::generate(Some("swordfish")).unwrap();
        assert!(SecretKey::is_encrypted(&file));
        for wrong in [None, Some(""), Some("Swordfish")] {
            let error = SecretKey::read(&file, wrong).unwrap_err();
            assert_eq!(error, SignatureError::WrongPassword);
        }
        let key = SecretKey::read(&file, Some("swordfish")).unwrap();
        assert_eq!(key.public().unwrap(), public);
        let signature = key.sign(b"bytes", "a\nfile.wasm", Timestamp::UNIX_EPOCH);
        let signature = signature.unwrap();
        assert_eq!(public.verify(b"bytes", &signature), Ok(()));
        assert_eq!(signature.comment(), "timestamp:0\tfile:a file.wasm\thashed");
        assert_eq!(signature.text().lines().count(), 4);
    }
}
