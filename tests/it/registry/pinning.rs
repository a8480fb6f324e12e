//! The lock file says what was installed, and nothing else; what is kept is what it names.

use regulars::model::Digest;

use super::server::Server;
use super::shop::{Shop, changed, guest, overheard};
use crate::program::wasm;

/// The bytes of the guest that counts visits, changed a little.
fn other_keeper(shop: &Shop) -> String {
    let bytes = changed(std::fs::read(guest("keeper")).unwrap());
    shop.program
        .file("keeper.wasm", bytes)
        .display()
        .to_string()
}

#[test]
fn refused_install_is_not_pinned() {
    let (server, shop) = (Server::start(), Shop::new());
    let key = shop.key("acme");
    shop.trust(&key, "Acme");
    let keeper = server.oci("acme/keeper:1.0.0");
    let sign = ["--sign", "acme.key"];
    shop.publish_file(&guest("keeper"), &keeper, &sign);
    let wrong = ["--settings", "{\"greeting\":3}"];
    shop.refuses(&keeper, &wrong, &["greeting"]);
    assert_eq!(shop.lock(), None);
    assert!(shop.kept().is_empty(), "{:?}", shop.kept());

    shop.install(&keeper, &[]).ok();
    let published = shop.publish_file(&other_keeper(&shop), &keeper, &["--overwrite"]);
    let moved = ["--accept-moved", "--allow-unsigned", "acme/keeper"];
    shop.refuses(&keeper, &moved, &["is already installed"]);
    let lock = shop.lock().unwrap();
    assert!(
        !lock.contains(published["manifest"].as_str().unwrap()),
        "{lock}"
    );
    assert!(lock.contains("signed_by"), "{lock}");

    let next = server.oci("acme/keeper:2.0.0");
    shop.publish_file(&guest("keeper-next"), &next, &sign);
    let upgrade = ["plugin", "upgrade", "keeper", &next, "--yes"];
    shop.refuses_to(&[&upgrade[..], &wrong].concat(), &["greeting"]);
    let without = ["--settings", "{\"greeting\":"];
    let said = shop.run(&[&upgrade[..], &without].concat());
    assert!(
        said.code == 2 && shop.lock().unwrap() == lock,
        "{}",
        said.err
    );
    shop.run(&upgrade).ok();
    assert!(shop.lock().unwrap().contains(&next));
}

#[test]
fn nothing_is_written_before_consent() {
    let (server, shop) = (Server::start(), Shop::new());
    let key = shop.key("acme");
    shop.trust(&key, "Acme");
    let reference = server.oci("acme/overheard:0.1.0");
    shop.publish(&reference, &["--sign", "acme.key"]);
    let names = || {
        let entries = std::fs::read_dir(shop.program.dir.path()).unwrap();
        let mut names: Vec<_> = entries.map(|it| it.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    for source in [&wasm("overheard"), &reference] {
        let said = shop.run(&["plugin", "install", source]);
        assert_eq!(said.code, 1, "{}", said.out);
        assert!(said.err.contains("no terminal"), "{}", said.err);
        assert!(said.out.contains("overheard 0.1.0"), "{}", said.out);
        assert_eq!(names(), before);
    }
}

#[test]
fn inspecting_tells_of_the_pin_that_does_not_hold() {
    let (server, shop) = (Server::start(), Shop::new());
    let key = shop.key("acme");
    shop.trust(&key, "Acme");
    let reference = server.oci("acme/overheard:0.1.0");
    let sign = ["--sign", "acme.key"];
    let published = shop.publish(&reference, &sign);
    shop.install(&reference, &[]).ok();
    let inspect = |more: &[&str]| shop.run(&[more, &["plugin", "inspect", &reference]].concat());
    let said = inspect(&["--json"]).ok().json();
    assert_eq!(said["from"]["pinned"], published["manifest"]);
    let said = inspect(&[]).ok();
    assert!(!said.out.contains("CHANGED"), "{}", said.out);

    let other = shop.program.file("other.wasm", changed(overheard()));
    let other = other.display().to_string();
    shop.publish_file(&other, &reference, &["--overwrite", sign[0], sign[1]]);
    let said = inspect(&["--json"]).ok().json();
    assert_eq!(said["from"]["pinned"], published["manifest"]);
    assert_ne!(said["from"]["manifest"], published["manifest"]);
    let said = inspect(&[]).ok();
    let words = ["CHANGED", published["manifest"].as_str().unwrap()];
    for word in words {
        assert!(said.out.contains(word), "{}", said.out);
    }
}

#[test]
fn unreferenced_components_are_removed() {
    let (server, shop) = (Server::start(), Shop::new());
    let reference = server.oci("acme/overheard:0.1.0");
    let unsigned = ["--allow-unsigned", "acme/overheard"];
    shop.publish(&reference, &[]);
    shop.install(&reference, &unsigned).ok();
    let name = |bytes: &[u8]| format!("sha256-{}.wasm", Digest::of(bytes).hex());
    assert_eq!(shop.kept(), [name(&overheard())]);
    let mine = "regulars-components/mine.wasm";
    shop.program.file(mine, "what somebody else put there");

    let other = shop.program.file("other.wasm", changed(overheard()));
    let other = other.display().to_string();
    shop.publish_file(&other, &reference, &["--overwrite"]);
    let accept = ["--accept-moved", "--replace"];
    shop.install(&reference, &[&unsigned[..], &accept].concat())
        .ok();
    assert_eq!(
        shop.kept(),
        ["mine.wasm".to_owned(), name(&changed(overheard()))]
    );
    // What is pinned is there, whatever else is installed.
    shop.install(&wasm("coach-referral"), &[]).ok();
    shop.install(
        &reference,
        &["--replace", "--offline", unsigned[0], unsigned[1]],
    )
    .ok();
}
