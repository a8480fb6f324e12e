//! Hashes of contact points, for places that must not hold addresses. The key belongs to the database file.

use hmac::Mac;

use crate::ContactKind;
use crate::mac;

/// Returns the keyed hash of a contact point: HMAC-SHA-256 (RFC 2104) over its kind and its [`normal`] value.
/// Without the key, nobody can test addresses against the hashes.
pub fn hash(key: &[u8; 32], kind: ContactKind, value: &str) -> [u8; 32] {
    let value = normal(kind, value);
    let parts = [kind.as_str(), ":", &value].map(str::as_bytes);
    mac::of(key, &parts).finalize().into_bytes().into()
}

/// Returns the normal form of a value: addresses in lower case, telephone numbers as digits with an optional
/// plus.
pub fn normal(kind: ContactKind, value: &str) -> String {
    let value = value.trim();
    match kind {
        ContactKind::Email => value.to_lowercase(),
        ContactKind::Tel => {
            let abroad = value.starts_with('+') || value.starts_with("00");
            // “+49 (0)30” means: omit the 0 in calls from abroad.
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
