//! Files are looked at before they are read: what is too large, or no file, costs nothing.

use std::fs::File;

use super::shop::{Shop, overheard};
use crate::program::Said;

/// The first word that is missing in what is refused.
fn refused(said: &Said, words: &[&str]) {
    assert_eq!(said.code, 1, "{}", said.out);
    for word in words {
        assert!(said.err.contains(word), "“{word}” is not in: {}", said.err);
    }
}

/// A file of so many bytes that takes no room.
fn sparse(shop: &Shop, name: &str, size: u64) -> String {
    let path = shop.program.dir.path().join(name);
    File::create(&path).unwrap().set_len(size).unwrap();
    path.display().to_string()
}

#[test]
fn file_that_is_too_large_is_not_read() {
    let shop = Shop::new();
    shop.key("acme");
    let file = sparse(&shop, "large.wasm", 64 << 30);
    let over = sparse(&shop, "over.wasm", (16 << 20) + 1);
    let sign = ["plugin", "sign", &file, "--key", "acme.key"];
    let visit = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../host/examples/events/visit.json"
    );
    for (command, size) in [
        (&["plugin", "inspect", &file][..], "68719476736 bytes"),
        (&["plugin", "install", &file, "--yes"], "68719476736 bytes"),
        (
            &["plugin", "publish", &file, "oci://localhost:1/a/b"],
            "68719476736 bytes",
        ),
        (&sign, "68719476736 bytes"),
        (
            &["plugin", "run", &file, "--event", visit],
            "68719476736 bytes",
        ),
        (&["plugin", "inspect", &over], "16777217 bytes"),
    ] {
        refused(
            &shop.run(command),
            &[size, "more than the limit of 16777216"],
        );
    }
    let file = shop.program.file("mine.wasm", overheard());
    let file = file.display().to_string();
    sparse(&shop, "mine.wasm.minisig", 64 << 30);
    let said = shop.run(&["plugin", "inspect", &file]);
    refused(&said, &["mine.wasm.minisig", "68719476736 bytes"]);
    let keys = sparse(&shop, "keys.toml", 64 << 30);
    let said = shop.run(&["plugin", "trust", "--trusted-keys", &keys]);
    refused(&said, &["keys.toml", "68719476736 bytes"]);
}

#[cfg(unix)]
#[test]
fn special_files_are_not_read() {
    let shop = Shop::new();
    let fifo = shop.program.dir.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.unwrap().success());
    let folder = shop.program.dir.path().display().to_string();
    let fifo = fifo.display().to_string();
    for file in ["/dev/zero", &folder, &fifo] {
        refused(
            &shop.run(&["plugin", "inspect", file]),
            &["not a regular file"],
        );
    }
    let file = shop.program.file("mine.wasm", overheard());
    std::os::unix::fs::symlink("/dev/zero", format!("{}.minisig", file.display())).unwrap();
    let file = file.display().to_string();
    let said = shop.run(&["plugin", "inspect", &file]);
    refused(&said, &["mine.wasm.minisig", "not a regular file"]);
    let said = shop.run(&["plugin", "trust", "--trusted-keys", "/dev/zero"]);
    refused(&said, &["/dev/zero", "not a regular file"]);
    let said = shop.run(&["plugin", "trust", "/dev/zero", "--name", "x"]);
    refused(&said, &["/dev/zero", "not a regular file"]);
    // A link to a file is one.
    let file = shop.program.file("other.wasm", overheard());
    let link = shop.program.dir.path().join("link.wasm");
    std::os::unix::fs::symlink(file, &link).unwrap();
    shop.run(&["plugin", "inspect", &link.display().to_string()])
        .ok();
}
