//! The published schema of the manifest is the one that the types give.

#[test]
fn published_manifest_schema_is_up_to_date() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../wit/v0.1/manifest.schema.json"
    );
    let published = std::fs::read_to_string(path).unwrap_or_default();
    let current = format!("{:#}\n", regulars_manifest::json_schema());
    assert!(
        published == current,
        "{path} is out of date: run `cargo xtask schema`"
    );
}
