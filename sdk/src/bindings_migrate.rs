//! The output of `wit-bindgen` for the hook `migrate`. Only components with that hook export it.

wit_bindgen::generate!({
    path: "../wit/v0.1",
    world: "migration",
    pub_export_macro: true,
    export_macro_name: "export_migrate",
    with: { "regulars:plugin/types@0.1.0": crate::bindings::regulars::plugin::types },
});
