//! The released versions of the contract. The newest holds the logic; an older one translates to it.

pub(super) mod v0_1;
