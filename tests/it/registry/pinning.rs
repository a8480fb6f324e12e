//! The lock file says what was installed, and nothing else.

use super::server::Server;
use super::shop::{Shop, changed, guest};
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
fn what_is_not_installed_is_not_pinned() {
    let (server, shop) = (Server::start(), Shop::new());
    let key = shop.key("acme");
    shop.trust(&key, "Acme");
    let keeper = server.oci("acme/keeper:1.0.0");
    let sign = ["--sign", "acme.key"];
    shop.publish_file(&guest("keeper"), &keeper, &sign);
    let wrong = ["--settings", "{\"greeting\":3}"];
    shop.refuses(&keeper, &wrong, &["greeting"]);
    assert_eq!(shop.lock(), None);

    shop.install(&keeper, &[]).ok();
    let published = shop.publish_file(&other_keeper(&shop), &keeper, &["--overwrite"]);
    let moved = ["--accept-moved", "--allow-unsigned", "acme/keeper"];
    shop.refuses(&keeper, &moved, &["is installed already"]);
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
fn before_somebody_says_yes_nothing_is_written() {
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
        assert!(said.err.contains("nobody is there"), "{}", said.err);
        assert!(said.out.contains("overheard 0.1.0"), "{}", said.out);
        assert_eq!(names(), before);
    }
}
