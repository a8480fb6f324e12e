use std::fmt;

/// A hash of a message's text without the parts in which copies differ: case, white space, numbers and the
/// customer's names. It is stored, so later versions must give equal texts equal fingerprints.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub [u8; 16]);

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({:032x})", u128::from_be_bytes(self.0))
    }
}
