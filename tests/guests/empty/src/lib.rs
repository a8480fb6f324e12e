//! A guest that does nothing on a visit: what a call costs by itself.

use regulars_sdk::{Manifest, Plugin};

/// The plugin.
pub struct Empty;

regulars_sdk::export!(Empty);

impl Plugin for Empty {
    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .title("Empty")
            .summary("Does nothing.")
            .reads_history(["visit"], 1, "to be told of visits")
            .subscribes_to_interactions(["visit"])
    }
}
