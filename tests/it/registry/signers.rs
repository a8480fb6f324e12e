//! The scope of trusted keys: none is trusted for every plugin.

use super::server::Server;
use super::shop::{Shop, changed, guest, overheard};

#[test]
fn another_signer_than_before_needs_the_operators_word() {
    let (server, shop) = (Server::start(), Shop::new());
    let (acme, bob) = (shop.key("acme"), shop.key("bob"));
    shop.trust(&acme, "Acme");
    shop.trust(&bob, "Bob");
    let (first, next) = (
        server.oci("acme/keeper:1.0.0"),
        server.oci("acme/keeper:2.0.0"),
    );
    shop.publish_file(&guest("keeper"), &first, &["--sign", "acme.key"]);
    shop.install(&first, &[]).ok();
    shop.publish_file(&guest("keeper-next"), &next, &["--sign", "bob.key"]);
    let upgrade = ["plugin", "upgrade", "keeper", &next, "--yes"];
    let words = ["signed by Bob", "Acme (key", "--accept-signer"];
    shop.refuses_to(&upgrade, &words);
    let other = ["--accept-signer", "Acme"];
    let words = ["--accept-signer names Acme", "Bob"];
    shop.refuses_to(&[&upgrade[..], &other].concat(), &words);
    // In the place of what is installed, and beside it.
    shop.refuses(&next, &["--replace"], &["signed by Bob"]);
    shop.refuses(&next, &["--id", "second"], &["signed by Bob"]);
    // Nobody who signed before has to be trusted still.
    shop.run(&["plugin", "trust", "--remove", "Acme"]).ok();
    shop.refuses_to(&upgrade, &["signed by Bob", "--accept-signer"]);
    shop.trust(&acme, "Acme");
    let said = shop.run(&["plugin", "inspect", &next]).ok();
    assert!(said.out.contains("ANOTHER SIGNER"), "{}", said.out);

    let bob = ["--accept-signer", "Bob"];
    shop.run(&[&upgrade[..], &bob].concat()).ok();
    // Both have signed it now.
    let again = ["--replace", "--offline"];
    shop.install(&first, &again).ok();
    shop.install(&next, &again).ok();
    // The same manifest, signed by somebody else.
    let elsewhere = server.oci("carol/keeper:1.0.0");
    shop.publish_file(&guest("keeper"), &elsewhere, &["--sign", "acme.key"]);
    shop.install(&elsewhere, &["--replace"]).ok();
    shop.publish_file(&guest("keeper"), &elsewhere, &["--sign", "bob.key"]);
    shop.refuses(&elsewhere, &["--replace"], &["signed by Bob"]);
}

#[test]
fn key_may_be_trusted_for_some_repositories_alone() {
    let (server, shop) = (Server::start(), Shop::new());
    let key = shop.key("acme");
    let scope = format!("{}/acme", server.host);
    let trust = ["plugin", "trust", &key, "--name", "Acme", "--for", &scope];
    shop.run(&trust).ok();
    let sign = ["--sign", "acme.key"];
    for repository in ["bob/overheard", "acme2/overheard"] {
        let reference = server.oci(&format!("{repository}:0.1.0"));
        shop.publish(&reference, &sign);
        let words = ["signed by Acme", "trusted only for", "--allow-unsigned"];
        shop.refuses(&reference, &[], &words);
    }
    let bob = server.oci("bob/overheard:0.1.0");
    let said = shop.run(&["--json", "plugin", "inspect", &bob]).ok().json();
    assert_eq!(said["from"]["signature"]["state"], "elsewhere");
    assert_eq!(said["from"]["signature"]["name"], "Acme");
    let said = shop.run(&["plugin", "inspect", &bob]).ok();
    assert!(said.out.contains("trusted only for"), "{}", said.out);
    let unsigned = ["--allow-unsigned", "bob/overheard"];
    let said = shop.install(&bob, &unsigned).ok();
    assert!(said.err.contains("trusted only for"), "{}", said.err);
    assert!(!shop.read("regulars.lock").contains("signed_by"));

    let acme = server.oci("acme/overheard:0.1.0");
    shop.publish(&acme, &sign);
    let said = shop.install(&acme, &["--replace"]).ok();
    assert!(said.out.contains("signed by Acme"), "{}", said.out);
    let listed = shop.run(&["--json", "plugin", "trust"]).ok().json();
    assert_eq!(listed["for"], serde_json::json!([scope]));
    assert!(shop.run(&["plugin", "trust"]).ok().out.contains(&scope));

    // What is changed is refused as ever.
    let evil = shop.program.file("evil.wasm", changed(overheard()));
    let evil = evil.display().to_string();
    shop.publish_file(&evil, &acme, &["--overwrite", sign[0], sign[1]]);
    shop.refuses(&acme, &["--replace"], &["has changed"]);
    for wrong in ["", "acme", "ghcr.io/Acme", "https://ghcr.io/acme"] {
        let trust = ["plugin", "trust", &key, "--name", "Acme", "--for", wrong];
        let said = shop.run(&trust);
        assert!(said.code == 2 && said.err.contains("--for"), "{}", said.err);
    }
    // Trusted anew without, it is for all.
    shop.trust(&key, "Acme");
    shop.install(&bob, &["--replace"]).ok();
}

#[test]
fn name_that_differs_from_the_repository_is_warned_of() {
    let (server, shop) = (Server::start(), Shop::new());
    let key = shop.key("acme");
    shop.trust(&key, "Acme");
    let reference = server.oci("acme/coach-referral:0.1.0");
    shop.publish(&reference, &["--sign", "acme.key"]);
    let said = shop.install(&reference, &[]).ok();
    let word = "a plugin named overheard";
    assert!(said.err.contains(word), "{}", said.err);
    let reference = server.oci("acme/overheard:0.1.0");
    shop.publish(&reference, &["--sign", "acme.key"]);
    let said = shop.install(&reference, &["--replace"]).ok();
    assert!(!said.err.contains("a plugin named"), "{}", said.err);
}

#[test]
fn file_with_a_forged_signature_is_told_from_a_strangers() {
    let shop = Shop::new();
    let file = shop.program.file("mine.wasm", overheard());
    let file = file.display().to_string();
    let key = shop.key("acme");
    shop.trust(&key, "Acme");
    let sign = ["plugin", "sign", &file, "--key", "acme.key"];
    shop.run(&sign).ok();
    shop.program.file("mine.wasm", changed(overheard()));
    let said = shop.run(&["plugin", "inspect", &file]).ok();
    assert!(
        said.err.contains("does not match these bytes"),
        "{}",
        said.err
    );
    assert!(!said.err.contains("not trusted here"), "{}", said.err);
    let json = shop.run(&["--json", "plugin", "inspect", &file]).ok();
    assert_eq!(json.json()["from"]["signature"]["state"], "forged");
}
