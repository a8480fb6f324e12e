//! The normal path: a plugin is published, found, pinned, installed, and installed again without the registry.

use regulars::model::Digest;
use serde_json::{Value, json};

use super::server::{CONFIG, LAYER, MANIFEST, NAME, PASSWORD, Server};
use super::shop::{Shop, changed, overheard};
use crate::program::wasm;

#[test]
fn published_plugin_is_installed_and_pinned() {
    let (server, shop) = (Server::start(), Shop::new());
    let key = shop.key("acme");
    let to = server.oci("acme/overheard");
    let published = shop.publish(&to, &["--sign", "acme.key"]);
    let reference = server.oci("acme/overheard:0.1.0");
    assert_eq!(published["reference"], reference);
    let digest = Digest::of(&overheard()).to_string();
    assert_eq!(published["layer"], digest);

    shop.trust(&key, "Acme");
    let said = shop.install(&reference, &[]).ok();
    assert!(said.out.contains("signed by Acme"), "{}", said.out);
    assert!(!said.err.contains("warning"), "{}", said.err);
    assert_eq!(shop.installed(), [(digest.clone(), reference.clone())]);

    let pins: toml::Value = toml::from_str(&shop.read("regulars.lock")).unwrap();
    let pin = &pins["artifact"][0];
    assert_eq!(pin["reference"].as_str(), Some(&reference[..]));
    assert_eq!(pin["layer"].as_str(), Some(&digest[..]));
    assert_eq!(pin["manifest"].as_str(), published["manifest"].as_str());
    assert_eq!(pin["signed_by"].as_str(), Some(&key[..]));
    assert_eq!(pin["size"].as_integer(), Some(overheard().len() as i64));
}

#[test]
fn artifact_has_the_wasm_oci_layout() {
    let (server, shop) = (Server::start(), Shop::new());
    shop.key("acme");
    let to = server.oci("acme/overheard");
    let published = shop.publish(&to, &["--sign", "acme.key"]);
    let manifest = server.manifest("acme/overheard", "0.1.0");
    let [layer] = &manifest["layers"].as_array().unwrap()[..] else {
        panic!("{manifest}")
    };
    assert_eq!(manifest["mediaType"], MANIFEST);
    assert_eq!(manifest["config"]["mediaType"], CONFIG);
    assert_eq!(layer["mediaType"], LAYER);
    assert_eq!(server.bytes(layer["digest"].as_str().unwrap()), overheard());
    let annotations = &manifest["annotations"];
    assert_eq!(annotations["org.opencontainers.image.version"], "0.1.0");

    let config = server.bytes(manifest["config"]["digest"].as_str().unwrap());
    let config: Value = serde_json::from_slice(&config).unwrap();
    assert_eq!(config["architecture"], "wasm");
    assert_eq!(config["os"], "wasip2");
    assert_eq!(config["layerDigests"], json!([layer["digest"]]));
    let created = config["created"].as_str().unwrap();
    assert!(created.parse::<jiff::Timestamp>().is_ok(), "{created}");
    let exports = config["component"]["exports"].to_string();
    assert!(exports.contains("regulars:plugin/about@0.1.0"), "{exports}");
    let imports = config["component"]["imports"].to_string();
    assert!(
        imports.contains("regulars:plugin/history@0.1.0"),
        "{imports}"
    );

    let digest = published["manifest"].as_str().unwrap();
    let beside = digest.replace(':', "-") + ".minisig";
    let mut tags = server.tags("acme/overheard");
    tags.sort();
    assert_eq!(tags, ["0.1.0", &beside]);
    let signature = server.manifest("acme/overheard", &beside);
    assert_eq!(signature["subject"]["digest"], digest);
    let text = server.bytes(signature["layers"][0]["digest"].as_str().unwrap());
    let text = String::from_utf8(text).unwrap();
    assert!(text.starts_with("untrusted comment: "), "{text}");
}

#[test]
fn artifact_of_other_tools_is_installed() {
    let (server, shop) = (Server::start(), Shop::new());
    let manifest = server.push_wasm("acme/overheard", "0.1.0", &overheard());
    let unsigned = ["--allow-unsigned", "acme/overheard"];
    shop.install(&server.oci("acme/overheard:0.1.0"), &unsigned)
        .ok();
    // And by its digest, which is then the source.
    let by_digest = server.oci(&format!("acme/overheard@{manifest}"));
    let other = [&unsigned[..], &["--id", "other"]].concat();
    shop.install(&by_digest, &other).ok();
    assert!(
        shop.installed()
            .iter()
            .any(|(_, source)| *source == by_digest)
    );
}

#[test]
fn version_is_published_once() {
    let (server, shop) = (Server::start(), Shop::new());
    let to = server.oci("acme/overheard:0.1.0");
    let first = shop.publish(&to, &[]);
    assert_eq!(first["was_there"], false);
    let again = shop.publish(&to, &[]);
    assert_eq!(again["was_there"], true);
    assert_eq!(again["manifest"], first["manifest"]);

    let other = shop.program.file("other.wasm", changed(overheard()));
    let other = other.display().to_string();
    let said = shop.run(&["plugin", "publish", &other, &to]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("--overwrite"), "{}", said.err);
    let said = shop.run(&["plugin", "publish", &other, &to, "--overwrite"]);
    said.ok();
    assert_ne!(
        server.manifest("acme/overheard", "0.1.0")["layers"][0]["digest"],
        first["layer"]
    );

    let wrong = server.oci("acme/overheard:9.9.9");
    let said = shop.run(&["plugin", "publish", &wasm("overheard"), &wrong]);
    assert!(said.code == 1 && said.err.contains("0.1.0"), "{}", said.err);
}

#[test]
fn signature_can_be_added_later() {
    let (server, shop) = (Server::start(), Shop::new());
    let reference = server.oci("acme/overheard:0.1.0");
    shop.publish(&reference, &[]);
    shop.refuses(&reference, &[], &["is not signed"]);
    let key = shop.key("acme");
    let signed = shop.publish(&reference, &["--sign", "acme.key"]);
    assert_eq!(signed["was_there"], true);
    shop.trust(&key, "Acme");
    shop.install(&reference, &[]).ok();
}

#[test]
fn cached_plugin_is_installed_offline() {
    let (mut server, shop) = (Server::start(), Shop::new());
    let key = shop.key("acme");
    shop.trust(&key, "Acme");
    let reference = server.oci("acme/overheard:0.1.0");
    let published = shop.publish(&reference, &["--sign", "acme.key"]);
    shop.refuses(
        &reference,
        &["--offline"],
        &["is not in the local cache", "--offline"],
    );
    shop.install(&reference, &[]).ok();
    server.stop();

    let again = |source: &str, more: &[&str]| {
        // A database beside the first.
        let new = ["plugin", "install", source, "--yes", "--db", "other.db"];
        let said = shop.run(&[&new, more].concat());
        for suffix in ["", "-wal", "-shm"] {
            let path = shop.program.dir.path().join(format!("other.db{suffix}"));
            drop(std::fs::remove_file(path));
        }
        said
    };
    let said = again(&reference, &["--offline"]).ok();
    assert!(!said.err.contains("cannot be reached"), "{}", said.err);
    let said = again(&reference, &[]).ok();
    assert!(said.err.contains("cannot be reached"), "{}", said.err);
    assert!(said.err.contains("stored copy"), "{}", said.err);
    let digest = published["manifest"].as_str().unwrap();
    let by_digest = server.oci(&format!("acme/overheard@{digest}"));
    again(&by_digest, &[]).ok();
    let said = again(&server.oci("acme/overheard:0.2.0"), &[]);
    assert!(said.err.contains("cannot be reached"), "{}", said.err);

    // Whose key is trusted no more is not let in from here either.
    shop.run(&["plugin", "trust", "--remove", "Acme"]).ok();
    let said = again(&reference, &["--offline"]);
    assert!(said.err.contains("is not trusted"), "{}", said.err);
    shop.trust(&key, "Acme");

    // What was changed on this disk is not taken.
    let folder = shop.program.dir.path().join("regulars-components");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "wasm") {
            std::fs::write(path, changed(overheard())).unwrap();
        }
    }
    let said = again(&reference, &["--offline"]);
    assert!(
        said.err.contains("is not in the local cache"),
        "{}",
        said.err
    );
}

#[test]
fn login_comes_from_the_docker_config() {
    let (server, shop) = (Server::with_login(), Shop::new());
    let reference = server.oci("acme/overheard:0.1.0");
    let publish = ["plugin", "publish", &wasm("overheard"), &reference];
    let unsigned = ["--allow-unsigned", "acme/overheard"];
    for command in [&publish[..], &["plugin", "inspect", &reference]] {
        let said = shop.run(command);
        assert_eq!(said.code, 1, "{}", said.out);
        assert!(
            said.err.contains("(401): the docker config"),
            "{}",
            said.err
        );
    }
    let login = |password: &str| {
        use base64::Engine;
        let both = format!("{NAME}:{password}");
        let auth = base64::engine::general_purpose::STANDARD.encode(both);
        shop.login(&json!({ "auths": { &server.host: { "auth": auth } } }));
    };
    login("wrong");
    let said = shop.run(&publish);
    assert!(
        said.err.contains("(401): it refused the name"),
        "{}",
        said.err
    );
    assert!(!said.err.contains("wrong"), "{}", said.err);
    login(PASSWORD);
    shop.run(&publish).ok();
    shop.install(&reference, &unsigned).ok();
}

#[cfg(unix)]
#[test]
fn login_comes_from_a_credential_helper() {
    use std::os::unix::fs::PermissionsExt;
    let (server, shop) = (Server::with_login(), Shop::new());
    let script = format!(
        "#!/bin/sh\nread -r server\n[ \"$server\" = \"{}\" ] || {{ echo 'credentials not found in native keychain'; exit 1; }}\n\
         echo '{{\"ServerURL\":\"x\",\"Username\":\"{NAME}\",\"Secret\":\"{PASSWORD}\"}}'\n",
        server.host
    );
    let helper = shop.program.file("docker-credential-tests", script);
    std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", shop.program.dir.path().display());
    let publish = |to: &str| {
        let arguments = ["plugin", "publish", &wasm("overheard"), to];
        shop.run_with(&arguments, &[("PATH", &path)])
    };
    shop.login(&json!({ "credHelpers": { &server.host: "tests" } }));
    publish(&server.oci("acme/overheard")).ok();
    // A store that knows no login for a registry is no login, and no error.
    shop.login(&json!({ "credsStore": "tests" }));
    let open = Server::start();
    publish(&open.oci("acme/overheard")).ok();
}

#[test]
fn inspect_names_the_signer_and_writes_nothing() {
    let (server, shop) = (Server::start(), Shop::new());
    let key = shop.key("acme");
    let reference = server.oci("acme/overheard:0.1.0");
    shop.publish(&reference, &["--sign", "acme.key"]);
    let inspect = || {
        shop.run(&["--json", "plugin", "inspect", &reference])
            .ok()
            .json()
    };
    assert_eq!(inspect()["from"]["signature"]["state"], "unknown");
    shop.trust(&key, "Acme");
    let said = inspect();
    assert_eq!(said["from"]["signature"]["state"], "trusted");
    assert_eq!(said["from"]["source"], reference);
    assert_eq!(said["manifest"]["name"], "overheard");
    for file in ["regulars.lock", "regulars-components", "crm.db"] {
        assert!(!shop.program.dir.path().join(file).exists(), "{file}");
    }
}
