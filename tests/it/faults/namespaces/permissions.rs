//! Files and directories without the permission to write them.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::super::bytes;
use super::unprivileged;
use crate::program::{self, Said};
use crate::shop::Shop;

/// Runs the program on the shop's database without the privileges of root.
fn run(shop: &Shop, arguments: &[&str]) -> Said {
    let mut command = Command::new(std::path::absolute(program::path()).unwrap());
    command
        .current_dir(shop.program.dir.path())
        .env("REGULARS_DB", shop.db())
        .args(arguments);
    unprivileged(&command).output().unwrap().into()
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

#[test]
fn missing_write_permission_is_named_and_reading_works() {
    let shop = Shop::new();
    shop.program.run(&["key", "list"]).ok();
    let directory = shop.program.dir.path();
    set_mode(&directory.join("crm.db-cache"), 0o755);
    let before = bytes(&shop);
    for (of_directory, of_file) in [
        (0o555, 0o444),
        (0o555, 0o666),
        (0o777, 0o444),
        (0o777, 0o000),
    ] {
        set_mode(&shop.db(), of_file);
        set_mode(directory, of_directory);
        for arguments in [
            &["serve", "--listen", "127.0.0.1:0"][..],
            &["key", "create", "till", "--scope", "staff"],
        ] {
            let said = run(&shop, arguments);
            let told = format!("{of_directory:o} {of_file:o}: {}{}", said.out, said.err);
            assert_eq!(said.code, 1, "{told}");
            assert!(told.contains("check the permissions"), "{told}");
        }
        set_mode(&shop.db(), 0o600);
        set_mode(directory, 0o700);
        assert!(bytes(&shop) == before, "something was written");
    }
    // Reading needs no permission to write.
    set_mode(&shop.db(), 0o444);
    set_mode(directory, 0o555);
    let said = run(&shop, &["doctor", "--quick"]);
    set_mode(directory, 0o700);
    assert!(said.out.contains("pages: They are intact"), "{}", said.out);
}
