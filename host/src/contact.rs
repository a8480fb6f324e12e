//! Contact points as they are kept where no address may be: hashed with a key of the file's own.

use hmac::Mac;

use crate::mac;
use crate::model::ContactKind;

/// The keyed hash of a contact point: HMAC-SHA-256 (RFC 2104) over its kind and its value as [`normal`] writes it.
/// Without the key, nobody can try whether an address is among the hashes.
pub fn hash(key: &[u8; 32], kind: ContactKind, value: &str) -> [u8; 32] {
    let value = normal(kind, value);
    let parts = [kind.as_str(), ":", &value].map(str::as_bytes);
    mac::of(key, &parts).finalize().into_bytes().into()
}

/// One writing for what reaches the same place: addresses in lower case, numbers without what stands between digits.
pub fn normal(kind: ContactKind, value: &str) -> String {
    let value = value.trim();
    match kind {
        ContactKind::Email => value.to_lowercase(),
        ContactKind::Tel => {
            let abroad = value.starts_with('+') || value.starts_with("00");
            // “+49 (0)30” means: without the 0 from abroad.
            let value = match abroad {
                true => value.replacen("(0)", "", 1),
                false => value.to_owned(),
            };
            let digits: String = value.chars().filter(char::is_ascii_digit).collect();
            match value.strip_prefix("00") {
                Some(_) => format!("+{}", &digits[2..]),
                None if value.starts_with('+') => format!("+{digits}"),
                None => digits,
            }
        }
        ContactKind::External => value.to_owned(),
    }
}
