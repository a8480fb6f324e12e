//! The released versions of the contract. The newest one holds the logic, and older ones convert to it.

pub(super) mod v0_1;
