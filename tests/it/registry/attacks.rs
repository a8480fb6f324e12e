//! A registry that lies, and those who write to it without being the publisher.

use regulars::model::Digest;
use serde_json::json;

use super::server::{CONFIG, LAYER, MANIFEST, Server};
use super::shop::{Shop, changed, overheard};
use crate::program::wasm;

const UNSIGNED: [&str; 2] = ["--allow-unsigned", "acme/overheard"];

#[test]
fn version_that_moved_is_refused() {
    let (server, shop) = (Server::start(), Shop::new());
    let key = shop.key("acme");
    shop.trust(&key, "Acme");
    let reference = server.oci("acme/overheard:0.1.0");
    shop.publish(&reference, &["--sign", "acme.key"]);
    shop.install(&reference, &[]).ok();
    let before = shop.read("regulars.lock");

    let other = shop.program.file("other.wasm", changed(overheard()));
    let other = other.display().to_string();
    let sign = ["--sign", "acme.key", "--overwrite"];
    let moved = ["plugin", "publish", &other, &reference];
    shop.run(&[&moved[..], &sign].concat()).ok();
    // Though it is signed by who is trusted.
    let words = ["has changed", "--accept-moved", "@sha256:"];
    shop.refuses(&reference, &["--replace"], &words);
    assert_eq!(shop.read("regulars.lock"), before);
    // The old one is what the refusal says that it is.
    let said = shop.install(&reference, &["--replace"]);
    let old = said.err.split("accepts the new one, ").nth(1).unwrap();
    let old = old.split(' ').next().unwrap();
    shop.install(old, &["--replace"]).ok();
    assert_eq!(shop.installed()[0].0, Digest::of(&overheard()).to_string());

    shop.install(&reference, &["--replace", "--accept-moved"])
        .ok();
    let new = Digest::of(&changed(overheard())).to_string();
    assert_eq!(shop.installed(), [(new, reference.clone())]);
    shop.install(&reference, &["--replace"]).ok();
}

#[test]
fn blob_with_another_digest_is_refused() {
    let (server, shop) = (Server::start(), Shop::new());
    let key = shop.key("acme");
    shop.trust(&key, "Acme");
    let reference = server.oci("acme/overheard:0.1.0");
    let published = shop.publish(&reference, &["--sign", "acme.key"]);
    let layer = server.blob(published["layer"].as_str().unwrap());
    let mut bytes = overheard();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let words = ["does not match the request", "tampered"];
    for (what, content) in [
        ("one bit", bytes),
        ("more", changed(overheard())),
        ("less", overheard()[..1000].to_vec()),
        ("nothing", Vec::new()),
    ] {
        std::fs::write(&layer, content).unwrap();
        for more in [&[][..], &UNSIGNED] {
            let said = shop.install(&reference, more);
            assert_eq!(said.code, 1, "{what}: {}", said.out);
            let told = words.iter().any(|word| said.err.contains(word));
            // Where the length is told first, the end comes too early or too late.
            assert!(
                told || said.err.contains("was lost"),
                "{what}: {}",
                said.err
            );
        }
    }
    assert!(shop.installed().is_empty());
    std::fs::write(&layer, overheard()).unwrap();
    shop.install(&reference, &[]).ok();

    // The manifest, which the reference names by its digest.
    let manifest = published["manifest"].as_str().unwrap();
    let by_digest = server.oci(&format!("acme/overheard@{manifest}"));
    let file = server.blob(manifest);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(
        &file,
        text.replace("overheard", "OVERHEARD")
            .replace("0.1.0", "0.1.1"),
    )
    .unwrap();
    shop.refuses(&by_digest, &["--replace"], &[words[0], manifest]);
}

#[test]
fn signature_of_other_bytes_is_always_refused() {
    let (server, shop) = (Server::start(), Shop::new());
    let key = shop.key("acme");
    shop.trust(&key, "Acme");
    let reference = server.oci("acme/overheard:0.1.0");
    let published = shop.publish(&reference, &["--sign", "acme.key"]);
    let tag = |digest: &str| digest.replace(':', "-") + ".minisig";
    let signature = server.manifest(
        "acme/overheard",
        &tag(published["manifest"].as_str().unwrap()),
    );
    // Whoever may write to the registry puts another component there, and the old signature beside it.
    let evil = server.push_wasm("acme/overheard", "0.1.0", &changed(overheard()));
    server.push_manifest("acme/overheard", &tag(&evil), MANIFEST, &signature);
    let words = ["does not match these bytes", "no option allows that"];
    shop.refuses(&reference, &[], &words);
    shop.refuses(&reference, &UNSIGNED, &words);
    assert!(!shop.program.dir.path().join("regulars-components").exists());
}

#[test]
fn unsigned_plugin_needs_explicit_permission() {
    let (server, shop) = (Server::start(), Shop::new());
    let reference = server.oci("acme/overheard:0.1.0");
    shop.publish(&reference, &[]);
    shop.refuses(
        &reference,
        &[],
        &["is not signed", "--allow-unsigned acme/overheard"],
    );
    let other = ["--allow-unsigned", "acme/other"];
    shop.refuses(&reference, &other, &["names acme/other"]);
    let said = shop.install(&reference, &UNSIGNED).ok();
    assert!(
        said.err.contains("warning") && said.err.contains("not signed"),
        "{}",
        said.err
    );
    assert!(!shop.read("regulars.lock").contains("signed_by"));
}

#[test]
fn unknown_signer_is_not_trusted() {
    let (server, shop) = (Server::start(), Shop::new());
    let (acme, stranger) = (shop.key("acme"), shop.key("stranger"));
    shop.trust(&acme, "Acme");
    let reference = server.oci("acme/overheard:0.1.0");
    shop.publish(&reference, &["--sign", "stranger.key"]);
    let words = [
        "which is not trusted",
        "regulars plugin trust",
        "--allow-unsigned",
    ];
    shop.refuses(&reference, &[], &words);
    let said = shop.install(&reference, &UNSIGNED).ok();
    assert!(said.err.contains("not trusted here"), "{}", said.err);
    shop.trust(&stranger, "Stranger");
    shop.install(&reference, &["--replace"]).ok();
}

#[test]
fn garbage_in_the_place_of_a_signature_is_refused() {
    let (server, shop) = (Server::start(), Shop::new());
    let manifest = server.push_wasm("acme/overheard", "0.1.0", &overheard());
    let text = b"untrusted comment: \x1b[2Jme\nRUQf\ntrusted comment: x\nAAAA\n";
    let layer = server.push_blob("acme/overheard", text);
    let config = server.push_blob("acme/overheard", b"{}");
    let signature = json!({
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": config, "size": 2 },
        "layers": [{ "mediaType": "application/vnd.minisign.signature.v1", "digest": layer, "size": text.len() }],
    });
    let tag = manifest.replace(':', "-") + ".minisig";
    server.push_manifest("acme/overheard", &tag, MANIFEST, &signature);
    let reference = server.oci("acme/overheard:0.1.0");
    for more in [&[][..], &UNSIGNED] {
        shop.refuses(&reference, more, &["not a minisign signature"]);
    }
}

#[test]
fn old_version_under_a_new_name_is_refused() {
    let (server, shop) = (Server::start(), Shop::new());
    let manifest = server.push_wasm("acme/overheard", "9.9.9", &overheard());
    let reference = server.oci("acme/overheard:9.9.9");
    shop.refuses(&reference, &UNSIGNED, &["holds version 0.1.0", &manifest]);
    let by_digest = server.oci(&format!("acme/overheard@{manifest}"));
    shop.install(&by_digest, &UNSIGNED).ok();
}

#[test]
fn oversized_component_is_not_fetched() {
    let (server, shop) = (Server::start(), Shop::new());
    let large = vec![0; (16 << 20) + 1];
    server.push_wasm("acme/overheard", "0.1.0", &large);
    let reference = server.oci("acme/overheard:0.1.0");
    let words = ["16777217 bytes", "runtime.max_component_bytes"];
    shop.refuses(&reference, &UNSIGNED, &words);

    // A manifest that lies: fewer bytes are promised than come.
    let layer = Digest::of(&large).to_string();
    let config = server.push_blob("acme/overheard", b"{}");
    let lie = json!({
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": { "mediaType": CONFIG, "digest": config, "size": 2 },
        "layers": [{ "mediaType": LAYER, "digest": layer, "size": 1000 }],
    });
    server.push_manifest("acme/overheard", "0.2.0", MANIFEST, &lie);
    shop.refuses(
        &server.oci("acme/overheard:0.2.0"),
        &UNSIGNED,
        &["of 1000 bytes"],
    );
}

#[test]
fn artifact_that_is_no_component_is_refused() {
    let (server, shop) = (Server::start(), Shop::new());
    let blob = server.push_blob("acme/overheard", b"{}");
    let part = |kind: &str| json!({ "mediaType": kind, "digest": blob, "size": 2 });
    let image = "application/vnd.oci.image.config.v1+json";
    let tar = "application/vnd.oci.image.layer.v1.tar+gzip";
    let manifest = |config: &str, layers: &[&str]| {
        let layers: Vec<_> = layers.iter().map(|kind| part(kind)).collect();
        json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": part(config), "layers": layers })
    };
    for (tag, manifest, word) in [
        ("1.0.0", manifest(image, &[tar]), image),
        ("1.0.1", manifest(CONFIG, &[LAYER, LAYER]), "2 layers"),
        ("1.0.2", manifest(CONFIG, &[tar]), tar),
        (
            "1.0.3",
            manifest("x/\u{1b}[31m", &[LAYER]),
            "a config x/[31m",
        ),
    ] {
        server.push_manifest("acme/overheard", tag, MANIFEST, &manifest);
        let reference = server.oci(&format!("acme/overheard:{tag}"));
        shop.refuses(
            &reference,
            &UNSIGNED,
            &["is no WebAssembly component", word],
        );
    }
    // The right layout, with no component in it.
    server.push_wasm("acme/overheard", "1.0.4", b"hello");
    let reference = server.oci("acme/overheard:1.0.4");
    shop.refuses(
        &reference,
        &UNSIGNED,
        &["not a valid WebAssembly component"],
    );
}

#[test]
fn missing_or_incomplete_references_are_refused() {
    let (server, shop) = (Server::start(), Shop::new());
    let missing = server.oci("acme/nothing:1.0.0");
    shop.refuses(&missing, &[], &["oci://", "acme/nothing:1.0.0 not found"]);
    for (wrong, word) in [
        ("oci://acme/overheard:1.0.0", "no registry"),
        (&server.oci("acme/overheard"), "no version"),
        (
            &server.oci("acme/overheard:latest"),
            "invalid version \"latest\"",
        ),
    ] {
        shop.refuses(wrong, &[], &[word]);
    }
    let said = shop.run(&["plugin", "publish", &wasm("overheard"), "overheard:0.1.0"]);
    assert!(said.err.contains("oci://HOST/REPOSITORY"), "{}", said.err);
}
