//! Files that broke on the way: cut anywhere, with any bits flipped. Whatever comes of it, it is a
//! typed refusal, or a component that keeps inside its limits like any other.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use regulars::clock::ManualClock;
use regulars::host::InstallRequest;
use regulars::model::*;
use regulars::runtime::RuntimeConfig;
use regulars::{Blame, Error};
use serde_json::json;

use super::{assert_whole, guest};
use crate::world::{World, at, builder, component, long};

/// The result of installing a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Met {
    Refused,
    /// A plugin, which is not called any more.
    Quiet,
    Ran,
}

/// Tries a file, and lets it run on a visit where it is a plugin.
fn meet(world: &World, name: &str, wasm: Vec<u8>) -> Met {
    let limits = RuntimeConfig::default();
    let mut request = InstallRequest::new(wasm, name);
    request.id = Some("damaged".parse().unwrap());
    request.replace = true;
    match world.host.install(request) {
        Ok(installed) => {
            // Not one for whom it failed before: their events wait.
            let customer = super::visit(world);
            let runs = world.runs(&installed.id);
            let Some(run) = runs.iter().find(|run| run.customer == Some(customer)) else {
                // What it subscribes to broke, too.
                return Met::Quiet;
            };
            assert_eq!(run.digest, installed.digest, "{name}");
            assert!(run.fuel <= limits.fuel, "{name}: {run:?}");
            assert!(
                run.peak_memory <= limits.max_memory as u64,
                "{name}: {run:?}"
            );
            assert!(run.proposals.len() <= limits.max_effects, "{name}: {run:?}");
            if let RunOutcome::Failed { failure, detail } = &run.outcome {
                assert_ne!(failure.blame(), Blame::Host, "{name}: {detail}");
            }
            Met::Ran
        }
        Err(Error::Plugin(error)) => {
            assert_ne!(error.blame(), Blame::Host, "{name}: {error}");
            let shown = error.to_string();
            assert!(!shown.chars().any(char::is_control), "{name}: {shown:?}");
            Met::Refused
        }
        Err(error) => panic!("{name}: {error}"),
    }
}

/// A place to cut or damage a file. The small part before its code matters most, so it is chosen more often.
fn place(random: &mut StdRng, length: usize) -> usize {
    match random.random_range(0..4) {
        0 => random.random_range(0..length.min(512)),
        1 => length - 1 - random.random_range(0..length.min(8192)),
        _ => random.random_range(0..length),
    }
}

/// A host that keeps no compiled code: nobody meets these files twice.
fn world() -> World {
    let dir = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(at("2026-03-01T08:00:00Z"));
    let host = builder(dir.path(), &clock)
        .runtime(RuntimeConfig::default())
        .build()
        .unwrap();
    World { host, clock, dir }
}

/// The neighbour, a customer, and afterwards the proof that both are well.
fn beside_a_neighbour(attack: impl FnOnce(&World)) {
    let world = world();
    let good = world.hostile("good", json!({ "mode": "ok" }));
    attack(&world);
    let customer = super::visit(&world);
    let run = world.last_run(&good);
    assert_eq!(
        (run.customer, run.outcome),
        (Some(customer), RunOutcome::Completed)
    );
    assert_whole(&world);
}

/// The ends of a component's top sections: a file that is cut there is well-formed.
fn ends_of_sections(wasm: &[u8]) -> Vec<usize> {
    let (mut at, mut ends) = (8, Vec::new());
    while at < wasm.len() {
        let (mut size, mut shift) = (0_usize, 0);
        loop {
            at += 1;
            size |= usize::from(wasm[at] & 0x7f) << shift;
            shift += 7;
            if wasm[at] < 0x80 {
                break;
            }
        }
        at += 1 + size;
        ends.push(at);
    }
    assert_eq!(at, wasm.len());
    ends
}

#[test]
fn truncated_component_is_refused_unless_cut_between_sections() {
    let mut random = StdRng::seed_from_u64(1);
    let whole = component("empty");
    let ends = ends_of_sections(&whole);
    let cuts = if long() { 5_000 } else { 150 };
    beside_a_neighbour(|world| {
        let somewhere = (0..cuts).map(|_| place(&mut random, whole.len()));
        for cut in (0..64).chain(ends.iter().copied()).chain(somewhere) {
            let name = format!("cut at {cut}");
            let met = meet(world, &name, whole[..cut].to_vec());
            assert!(
                met == Met::Refused || ends.contains(&cut),
                "{name}: {met:?}"
            );
        }
    });
}

#[test]
fn file_with_flipped_bits_is_refused_or_runs_inside_its_limits() {
    let mut random = StdRng::seed_from_u64(2);
    // A small one, of which every byte matters, and one of the usual kind.
    let files = [guest::wat("some-more-tags"), component("empty")];
    let (worlds, rounds) = if long() { (40, 500) } else { (1, 300) };
    let (mut refused, mut ran) = (0, 0);
    for world in 0..worlds {
        beside_a_neighbour(|host| {
            for round in 0..rounds {
                let mut broken = files[usize::from(round % 10 == 0)].clone();
                for _ in 0..random.random_range(1..=3) {
                    let at = place(&mut random, broken.len());
                    broken[at] ^= 1 << random.random_range(0..8);
                }
                let name = format!("world {world}, round {round}");
                match meet(host, &name, broken) {
                    Met::Ran => ran += 1,
                    Met::Refused => refused += 1,
                    Met::Quiet => {}
                }
            }
        });
    }
    // Otherwise this tests less than it says.
    assert!(refused > 10 && ran > 10, "{refused} refused, {ran} ran");
}
