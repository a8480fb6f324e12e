//! A full disk: writes are refused, nothing acknowledged is lost, and service resumes with room.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::full::fill_and_make_room;
use super::inside;
use crate::child::Serving;
use crate::program::Program;
use crate::shop::Shop;

/// A mounted disk in memory.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: PathBuf, size: &str) -> SmallDisk {
        std::fs::create_dir(&at).unwrap();
        let disk = SmallDisk(at);
        disk.mount_with(&["-t", "tmpfs", "-o", size, "tmpfs"]);
        disk
    }

    fn resize(&self, size: &str) {
        self.mount_with(&["-o", &format!("remount,{size}")]);
    }

    fn mount_with(&self, options: &[&str]) {
        let output = Command::new("mount")
            .args(options)
            .arg(&self.0)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}

#[test]
fn full_disk_refuses_writes_and_loses_nothing() {
    if !inside("faults::namespaces::disk::full_disk_refuses_writes_and_loses_nothing") {
        return;
    }
    let program = Program::new();
    let disk = SmallDisk::mount(program.dir.path().join("disk"), "size=6m");
    // The log is on the same disk: a log that cannot be written must not stop the server.
    let shop = Shop::in_program(program, Path::new("disk/crm.db"));
    let db = disk.0.join("crm.db");
    let serving = Serving::start(&db, &shop.plugins);
    let refusal = (507, "urn:regulars:problem:storage-full");
    fill_and_make_room(&shop, &db, &serving, refusal, || disk.resize("size=64m"));
    // A backup finds no room either, and leaves no part of itself behind.
    let copy = disk.0.join("copy.db").display().to_string();
    let path = db.display().to_string();
    let ballast = disk.0.join("ballast");
    std::fs::write(&ballast, vec![1; 1 << 20]).unwrap();
    while std::fs::copy(&ballast, disk.0.join(uuid::Uuid::now_v7().to_string())).is_ok() {}
    let refused = shop.program.run(&["backup", &copy, "--db", &path]);
    assert_eq!(refused.code, 1, "{}", refused.out);
    assert!(refused.err.contains("the disk is full"), "{}", refused.err);
    for entry in std::fs::read_dir(&disk.0).unwrap() {
        let left = entry.unwrap().path();
        assert!(!left.to_string_lossy().contains("copy.db"), "{left:?}");
    }
    drop(serving);
}
