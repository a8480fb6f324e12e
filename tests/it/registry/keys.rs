//! Keys and signatures, and files that have some.

use super::shop::{Shop, changed, overheard};
use crate::program::wasm;

/// Overheard in the shop's own folder.
fn own(shop: &Shop) -> String {
    let file = shop.program.file("mine.wasm", overheard());
    file.display().to_string()
}

#[test]
fn untrusted_file_is_installed_with_a_warning() {
    let shop = Shop::new();
    let file = own(&shop);
    let said = shop.install(&file, &[]).ok();
    assert!(
        said.err.contains("warning") && said.err.contains("not signed"),
        "{}",
        said.err
    );

    let key = shop.key("acme");
    shop.run(&["plugin", "sign", &file, "--key", "acme.key"])
        .ok();
    let said = shop.install(&file, &["--id", "second"]).ok();
    assert!(said.err.contains("not trusted here"), "{}", said.err);
    shop.trust(&key, "Acme");
    let said = shop.install(&file, &["--id", "third"]).ok();
    assert!(!said.err.contains("warning"), "{}", said.err);
    assert!(said.out.contains("signed by Acme"), "{}", said.out);

    shop.program.file("mine.wasm", changed(overheard()));
    shop.refuses(&file, &["--id", "fourth"], &["does not match these bytes"]);
    let said = shop.run(&["plugin", "inspect", &file]).ok();
    assert!(said.out.contains("FORGED"), "{}", said.out);
    let said = shop.run(&["plugin", "publish", &file, "oci://localhost:1/a/b"]);
    assert!(
        said.err.contains("does not match these bytes"),
        "{}",
        said.err
    );
}

#[test]
fn keys_are_trusted_listed_and_trusted_no_more() {
    let shop = Shop::new();
    let (acme, other) = (shop.key("acme"), shop.key("other"));
    shop.trust(&acme, "Acme");
    // From its file, and under a new name.
    shop.trust("acme.pub", "Acme & Sons");
    shop.trust(&other, "Other");
    let listed = shop.run(&["--json", "plugin", "trust"]).ok().out;
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(
        listed.contains("Acme & Sons") && listed.contains(&acme),
        "{listed}"
    );
    shop.run(&["plugin", "trust", "--remove", "Other"]).ok();
    assert!(!shop.run(&["plugin", "trust"]).ok().out.contains("Other"));
    let said = shop.run(&["plugin", "trust", "--remove", "Other"]);
    assert!(said.code == 1 && said.err.contains("Other"), "{}", said.err);

    for (wrong, code) in [
        (&["plugin", "trust", "RWnonsense", "--name", "x"][..], 1),
        (&["plugin", "trust", &acme], 2),
    ] {
        let said = shop.run(wrong);
        assert_eq!(said.code, code, "{}", said.err);
    }
    shop.program
        .file("trusted-keys.toml", "[[key]]\nname = \"x\"\nkey = \"y\"\n");
    let said = shop.run(&["plugin", "trust"]);
    assert!(
        said.code == 1 && said.err.contains("the key of x"),
        "{}",
        said.err
    );
    shop.program.file("trusted-keys.toml", "[[key]]\nnom = 1\n");
    let said = shop.run(&["plugin", "trust"]);
    assert!(
        said.code == 1 && said.err.contains("line 2"),
        "{}",
        said.err
    );
}

#[cfg(unix)]
#[test]
fn secret_key_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let shop = Shop::new();
    let file = own(&shop);
    let password = [("REGULARS_KEY_PASSWORD", "sword fish")];
    let said = shop.run(&["plugin", "keygen", "acme"]);
    assert!(
        said.code == 1 && said.err.contains("REGULARS_KEY_PASSWORD"),
        "{}",
        said.err
    );
    let said = shop.run_with(&["plugin", "keygen", "acme"], &password).ok();
    assert!(said.out.starts_with("RW"), "{}", said.out);
    let mode = |name| {
        let path = shop.program.dir.path().join(name);
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode("acme.key"), 0o600);
    assert!(!said.out.contains("sword") && !shop.read("acme.key").contains("sword"));
    let said = shop.run_with(&["plugin", "keygen", "acme"], &password);
    assert!(
        said.code == 1 && said.err.contains("already exists"),
        "{}",
        said.err
    );

    let sign = ["plugin", "sign", &file, "--key", "acme.key"];
    let said = shop.run_with(&sign, &[("REGULARS_KEY_PASSWORD", "swordfish")]);
    assert!(
        said.code == 1 && said.err.contains("the password is wrong"),
        "{}",
        said.err
    );
    assert!(!said.err.contains("swordfish"), "{}", said.err);
    assert!(shop.run(&sign).err.contains("REGULARS_KEY_PASSWORD"));
    shop.run_with(&sign, &password).ok();
    shop.trust("acme.pub", "Acme");
    let said = shop.install(&file, &[]).ok();
    assert!(said.out.contains("signed by Acme"), "{}", said.out);
}

#[test]
fn file_of_trusted_keys_may_be_elsewhere() {
    let shop = Shop::new();
    let file = own(&shop);
    let key = shop.key("acme");
    shop.run(&["plugin", "sign", &file, "--key", "acme.key"])
        .ok();
    let environment = [("REGULARS_TRUSTED_KEYS", "docker/keys.toml")];
    let trust = ["plugin", "trust", &key, "--name", "Acme"];
    shop.run_with(&trust, &environment).ok();
    assert!(!shop.program.dir.path().join("trusted-keys.toml").exists());
    let install = ["plugin", "install", &file, "--yes"];
    let said = shop.run_with(&install, &environment).ok();
    assert!(said.out.contains("signed by Acme"), "{}", said.out);
    let flag = [
        "plugin",
        "inspect",
        &wasm("overheard"),
        "--trusted-keys",
        "no.toml",
    ];
    assert!(shop.run(&flag).ok().out.contains("not signed"));
}
