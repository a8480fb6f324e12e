//! Signatures and keys in minisign's format: ed25519 over a BLAKE2b hash of the bytes, and over a comment.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::model::Timestamp;

/// Bytes of a public key: two of algorithm, eight of id, the key.
const PUBLIC: usize = 42;
/// Bytes of a signature's first line: two of algorithm, eight of id, the signature.
const SIGNED: usize = 74;
/// The most bytes that a signature's text has, comments included.
const TEXT: usize = 4096;
/// What says that a secret key is encrypted with a password.
const SCRYPT: &[u8] = b"Sc";

/// Which key a signature says it is by. Whoever makes a key may choose its id: it finds a key, and proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(u64);

impl KeyId {
    /// The id in what minisign encodes: after the algorithm.
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

/// Why a signature or a key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    #[error(
        "this is no signature of minisign: four lines are expected, as `regulars plugin sign` or `minisign -S` write them"
    )]
    NoSignature,

    #[error(
        "this is no public key of minisign: a line of 56 characters that begins with RW is expected, or the file that \
         `regulars plugin keygen` or `minisign -G` made"
    )]
    NoPublicKey,

    #[error(
        "this is no secret key of minisign: the file that `regulars plugin keygen` or `minisign -G` made is expected"
    )]
    NoSecretKey,

    #[error("the password is wrong")]
    WrongPassword,

    #[error(
        "signatures of this old form are not taken: sign anew, with `regulars plugin sign` or minisign 0.11 or later"
    )]
    Old,

    /// It is no signature of these bytes by this key.
    #[error("it is no signature of these bytes by this key")]
    Wrong,
}

/// What verifies signatures, and may be known to all.
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

    /// As a file that minisign reads.
    pub fn to_file(&self) -> String {
        format!(
            "untrusted comment: minisign public key {}\n{}\n",
            self.id, self.text
        )
    }

    /// # Errors
    /// [`SignatureError::Wrong`], [`SignatureError::Old`].
    pub fn verify(&self, bytes: &[u8], signature: &Signature) -> Result<(), SignatureError> {
        match self.inner.verify(bytes, &signature.inner, false) {
            Ok(()) => Ok(()),
            Err(minisign_verify::Error::UnexpectedAlgorithm) => Err(SignatureError::Old),
            Err(_) => Err(SignatureError::Wrong),
        }
    }
}

/// The line in base64.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Reads the line alone, or a file with a comment above it.
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

/// A signature of some bytes, and a comment that is signed with them.
#[derive(Clone)]
pub struct Signature {
    inner: minisign_verify::Signature,
    id: KeyId,
    text: String,
}

impl Signature {
    /// Of the key that it says it is by.
    pub fn key(&self) -> KeyId {
        self.id
    }

    /// As it stands in a file or a registry.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the signer wrote beside it. It is signed too: once [`PublicKey::verify`] was passed, nobody changed it.
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

/// What makes signatures. It is never shown.
pub struct SecretKey(minisign::SecretKey);

impl SecretKey {
    /// A new key, and the text of its file, which is encrypted where there is a password.
    ///
    /// # Errors
    /// Where the system gives no randomness.
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

    /// Whether the text of a key's file asks for a password.
    pub fn is_encrypted(file: &str) -> bool {
        let line = file.lines().nth(1).unwrap_or_default().trim();
        let bytes = STANDARD.decode(line).unwrap_or_default();
        bytes.get(2..4) == Some(SCRYPT)
    }

    /// Reads the text of a key's file. The password is used where the key is encrypted.
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

    /// # Errors
    /// [`SignatureError::NoSecretKey`].
    pub fn public(&self) -> Result<PublicKey, SignatureError> {
        let key = minisign::PublicKey::from_secret_key(&self.0);
        let key = key.map_err(|_| SignatureError::NoSecretKey)?;
        key.to_base64().parse()
    }

    /// Signs bytes. The comment says when, and of what file, as minisign's own does.
    ///
    /// # Errors
    /// [`SignatureError::NoSecretKey`], and where the system gives no randomness.
    pub fn sign(
        &self,
        bytes: &[u8],
        file: &str,
        now: Timestamp,
    ) -> Result<Signature, SignatureError> {
        let file = crate::text::line(file, 200);
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
    fn what_minisign_signed_is_verified() {
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
    fn garbage_is_neither_a_key_nor_a_signature() {
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
    fn a_key_with_a_password_opens_with_no_other() {
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
