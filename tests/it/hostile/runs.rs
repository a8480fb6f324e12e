//! Attacks by a plugin that was installed: what it does when it is called.

use regulars::model::FailureKind::*;
use regulars::model::*;
use serde_json::json;

use super::{ALONE, assert_no_effect, assert_only_the_neighbour, assert_readable, guest, visit};
use crate::world::World;

enum Guest {
    /// A mode of `tests/guests/hostile`.
    Mode(&'static str),
    /// A file of `tests/guests/hostile/wat`.
    Wat(&'static str),
}
use Guest::{Mode, Wat};

/// An attack, the failure that it meets, and words that the message must have.
type Attack = (Guest, FailureKind, &'static str);

const TIME_AND_ROOM: &[Attack] = &[
    (Mode("loop"), OutOfFuel, "`runtime.fuel`"),
    (Mode("loop-calling"), OutOfFuel, "`runtime.fuel`"),
    (Mode("log-flood"), OutOfFuel, "`runtime.fuel`"),
    (Wat("realloc-loop"), OutOfFuel, "`runtime.fuel`"),
    (Wat("post-return-loop"), OutOfFuel, "`runtime.fuel`"),
    (Mode("memory-bomb"), OutOfMemory, "`runtime.max_memory`"),
    (Mode("oversized"), OutOfMemory, "`runtime.max_memory`"),
    (Wat("many-memories"), OutOfMemory, "`runtime.max_memory`"),
    (
        Wat("table-growth"),
        OutOfMemory,
        "`runtime.max_table_elements`",
    ),
    (Mode("deep-recursion"), StackOverflow, "its own stack"),
    (
        Wat("native-recursion"),
        StackOverflow,
        "`runtime.max_wasm_stack`",
    ),
];

const TRAPS: &[Attack] = &[
    (Mode("panic"), Trap, "the guest panics about"),
    (Mode("unreachable"), Trap, "unreachable"),
    (Wat("wild-pointer"), Trap, "out of bounds memory access"),
    (Wat("division"), Trap, "divide by zero"),
    (Wat("bad-indirect-call"), Trap, "uninitialized element"),
    (Wat("realloc-trap"), Trap, "unreachable"),
    (Wat("realloc-overlap"), Trap, "unreachable"),
    (Wat("post-return-trap"), Trap, "unreachable"),
];

const VALUES: &[Attack] = &[
    (Wat("realloc-lie"), InvalidValue, "is not a value"),
    (Wat("list-lies"), InvalidValue, "is not a value"),
    (Wat("list-lies-a-little"), InvalidValue, "is not a value"),
    (Wat("list-unaligned"), InvalidValue, "is not a value"),
    (Wat("string-lies"), InvalidValue, "is not a value"),
    (Wat("string-not-utf8"), InvalidValue, "is not a value"),
    (Wat("failure-not-utf8"), InvalidValue, "is not a value"),
    (Wat("no-such-effect"), InvalidValue, "is not a value"),
    (Wat("no-such-result"), InvalidValue, "is not a value"),
    (Wat("result-outside"), InvalidValue, "is not a value"),
    (Wat("result-unaligned"), InvalidValue, "is not a value"),
    (Wat("log-not-utf8"), InvalidValue, "is not a value"),
    (Wat("log-lies"), InvalidValue, "is not a value"),
    (Wat("log-no-such-severity"), InvalidValue, "is not a value"),
    (
        Wat("returns-64-mib"),
        OutputTooLarge,
        "`runtime.max_output_bytes`",
    ),
    (
        Wat("as-many-tags-as-fit"),
        OutputTooLarge,
        "`runtime.max_output_bytes`",
    ),
    (Mode("many-effects"), OutOfMemory, "`runtime.max_memory`"),
    (
        Wat("some-more-tags"),
        TooManyEffects,
        "`runtime.max_effects`",
    ),
];

const EFFECTS: &[Attack] = &[
    (Mode("forged-evidence"), BadEvidence, "not this customer's"),
    (Mode("no-evidence"), BadEvidence, "cites nothing"),
    (Mode("many-evidence"), MalformedEffect, "200 are the most"),
    (Mode("mixed"), BadEvidence, "not this customer's"),
    (Mode("ungranted"), NotGranted, "does not ask for “message”"),
    (Mode("ungranted-record"), NotGranted, "record a “purchase”"),
    (
        Mode("empty-reason"),
        MalformedEffect,
        "because.reason is empty",
    ),
    (
        Mode("no-such-action"),
        MalformedEffect,
        "none of the plugin's own",
    ),
    (Mode("long-title"), MalformedEffect, "200 are the most"),
    (Mode("long-key"), MalformedEffect, "128 are the most"),
    (Mode("large-value"), MalformedEffect, "16384 are the most"),
    (Mode("escape-key"), MalformedEffect, "control characters"),
    (Mode("escape-tag"), MalformedEffect, "a tag is"),
    (Mode("hoard-at-once"), OverQuota, "forget what is old"),
    (Mode("many-timers"), OverQuota, "20 are the most"),
    (Mode("deep-json"), MalformedEffect, "deep"),
    (Mode("deep-timer"), MalformedEffect, "deep"),
    (Mode("far-timer"), MalformedEffect, "five years ahead"),
    (Mode("farthest-timer"), MalformedEffect, "invalid instant"),
    (
        Wat("timer-a-million-deep"),
        MalformedEffect,
        "20,000 values",
    ),
    (Wat("timer-deep"), MalformedEffect, "not JSON"),
    (
        Wat("timer-at-the-end-of-time"),
        MalformedEffect,
        "invalid instant",
    ),
    (
        Wat("timer-before-all-time"),
        MalformedEffect,
        "invalid instant",
    ),
    (Mode("retry"), Retry, "not today"),
    (Mode("permanent"), Permanent, "not ever"),
];

fn meet(attacks: &[Attack]) {
    for (guest, expected, words) in attacks {
        let world = World::new();
        let (name, bad) = match guest {
            Mode(mode) => (*mode, world.hostile("bad", json!({ "mode": mode }))),
            Wat(file) => (
                *file,
                super::install(&world, "bad", guest::wat(file))
                    .unwrap_or_else(|error| panic!("{file}: {error}")),
            ),
        };
        println!("{name}");
        let good = world.hostile("good", json!({ "mode": "ok" }));
        // Twice: the next event meets a host that is as it was.
        for _ in 0..2 {
            let customer = visit(&world);
            let run = world.last_run(&bad);
            assert_eq!(run.customer, Some(customer));
            match &run.outcome {
                RunOutcome::Failed { failure, detail } => {
                    assert_eq!(failure, expected, "{name}: {detail}");
                    assert!(detail.contains(words), "{name}: {detail}");
                }
                RunOutcome::Completed => panic!("{name} was not refused: {run:?}"),
            }
            assert_only_the_neighbour(&world, &good, customer);
            assert_no_effect(&world, &bad, customer);
        }
        let [first, second] = world.runs(&bad).try_into().unwrap();
        assert_eq!(
            first.fuel, second.fuel,
            "{name} ends at the same place each time"
        );
        // A plugin of this code that behaves is a plugin like any other.
        if let Mode(_) = guest {
            world
                .host
                .set_plugin_settings(&bad, json!({ "mode": "ok" }))
                .unwrap();
            let customer = visit(&world);
            assert_eq!(
                world.last_run(&bad).outcome,
                RunOutcome::Completed,
                "{name}"
            );
            assert_eq!(world.last_run(&bad).fuel, *ALONE, "{name}");
            assert_eq!(world.host.desk(customer).unwrap().cards.len(), 2);
        }
        let customer = world.last_run(&good).customer.unwrap();
        assert_readable(world, customer);
    }
}

#[test]
fn time_and_room_have_an_end() {
    meet(TIME_AND_ROOM);
}

#[test]
fn traps_end_their_own_run() {
    meet(TRAPS);
}

#[test]
fn values_that_lie_are_not_believed() {
    meet(VALUES);
}

#[test]
fn effects_that_may_not_be_are_refused() {
    meet(EFFECTS);
}

#[test]
fn every_attack_in_text_is_met() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("guests/hostile/wat");
    let tables = [TIME_AND_ROOM, TRAPS, VALUES, EFFECTS];
    let mut named: Vec<&str> = tables
        .into_iter()
        .flatten()
        .filter_map(|(guest, ..)| match guest {
            Wat(name) => Some(*name),
            Mode(_) => None,
        })
        .chain(super::installs::FILES.iter().map(|(name, ..)| *name))
        .chain(["manifest", "takes-long"])
        .collect();
    named.sort_unstable();
    let mut there: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    there.sort_unstable();
    assert_eq!(there, named);
}
