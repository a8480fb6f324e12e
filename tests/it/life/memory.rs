//! Ungranted data is nowhere in a guest's memory: a guest searches it itself, byte by byte.

use regulars::host::InstallRequest;
use regulars::model::*;
use serde_json::json;

use super::asks::{MARKS, planted};
use crate::world::{World, component};

const SECRET: &str = "zqxsecretsecret";
/// The guest's mask of its search terms, so that it does not find the terms themselves.
const MASK: u8 = 0xa5;

/// The bytes of a mark in memory, by the canonical ABI.
fn bytes(mark: &str) -> Vec<u8> {
    match mark {
        "[1931,12,24]" => [1931_u32.to_le_bytes().as_slice(), &[12, 24]].concat(),
        text => text.as_bytes().to_vec(),
    }
}

/// For each mark, true if it is in the guest's memory after the guest has read all that it may see.
fn found(marks: &[&str], narrow: impl Fn(&mut Grants)) -> Vec<bool> {
    let world = World::new();
    let ada = planted(&world);
    let masked = |mark: &&str| -> Vec<u8> {
        let bytes = bytes(mark).into_iter();
        bytes.map(|byte| byte ^ MASK).collect()
    };
    let masked: Vec<Vec<u8>> = marks.iter().map(masked).collect();
    let wasm = component("searcher");
    let mut grants = world.host.inspect(wasm.clone()).unwrap().grants;
    narrow(&mut grants);
    let mut request = InstallRequest::new(wasm, "searcher.wasm");
    request.grants = Some(grants);
    request.settings = Some(json!({ "marks": masked, "key": SECRET }));
    let installed = world.host.install(request).unwrap();
    world.record(ada, "visit");
    let run = &world.runs(&installed.id)[0];
    assert_eq!(run.outcome, RunOutcome::Completed);
    let store = super::store(&world);
    let memory = regulars::store::Store::memory(&store, &installed.id, Some(ada)).unwrap();
    serde_json::from_value(memory.entries["found"].clone()).unwrap()
}

#[test]
fn no_byte_that_was_not_granted_is_in_a_guests_memory() {
    let all: Vec<(&str, &str)> = MARKS
        .iter()
        .flat_map(|(name, marks)| marks.iter().map(|mark| (*name, *mark)))
        .chain([("", SECRET), ("visit", "zqxrecent"), ("visit", "zqxolder")])
        .collect();
    let marks: Vec<&str> = all.iter().map(|(_, mark)| *mark).collect();
    for (left_out, _) in MARKS {
        let found = found(&marks, |grants| match *left_out {
            "" => {}
            name => grants.leave_out(name).unwrap(),
        });
        for ((name, mark), found) in all.iter().zip(found) {
            let granted = !name.is_empty() && name != left_out;
            assert_eq!(found, granted, "{mark} without {left_out:?}");
        }
    }
    let shorter = found(&["zqxrecent", "zqxolder"], |grants| {
        grants.shorten(Some("visit"), 30).unwrap();
    });
    assert_eq!(shorter, [true, false]);
}
