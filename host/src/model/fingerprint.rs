use std::fmt;

/// What a message says, without what makes copies of it differ
/// (case, white space, numbers and the customer's names). It is stored: equal texts must have equal
/// fingerprints in every later version.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub [u8; 16]);

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({:032x})", u128::from_be_bytes(self.0))
    }
}
