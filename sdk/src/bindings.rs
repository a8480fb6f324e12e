//! The output of `wit-bindgen` for the contract, and nothing else. Plugins use the names that the crate's
//! root gives these types.

wit_bindgen::generate!({
    path: "../wit/v0.1",
    world: "plugin",
    pub_export_macro: true,
    additional_derives: [PartialEq],
});
