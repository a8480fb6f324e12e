//! Replays of transcripts: on this host, elsewhere, and with another version.

use std::sync::atomic::{AtomicBool, Ordering};

use regulars::Error;
use regulars::config::{Config, Transcripts};
use regulars::model::*;
use regulars::runtime::{Invocation, Runtime, RuntimeConfig};
use regulars::transcript::Transcript;
use regulars_manifest::Caller;
use serde_json::json;

use crate::program::{Program, Said, wasm};
use crate::served::Served;
use crate::world::{Moves, World, builder, component, long, target_dir};

/// A world whose runs keep transcripts as `transcripts` says.
fn keeping(transcripts: Transcripts, runtime: RuntimeConfig) -> World {
    let World { host, clock, dir } = World::new();
    drop(host);
    let config = Config {
        time_zone: "Europe/Berlin".to_owned(),
        seed: Some(7),
        transcripts,
        // Some of these plugins never do anything but fail.
        quarantine_after: u32::MAX,
        ..Config::default()
    };
    let runtime = RuntimeConfig {
        cache_dir: Some(target_dir().join("it-cache")),
        ..runtime
    };
    let builder = builder(dir.path(), &clock).config(config).runtime(runtime);
    let host = builder.build().unwrap();
    World { host, clock, dir }
}

/// Every run keeps its transcript.
fn keeping_all() -> World {
    let transcripts = Transcripts {
        one_in: 1,
        ..Transcripts::default()
    };
    keeping(transcripts, RuntimeConfig::default())
}

/// A gym's customer with three months of visits and no progress, and the run that notices it.
fn referral(world: &World) -> Run {
    let plugin = world.install("coach-referral").id;
    let ada = world.customer("Ada Berger").id;
    let goal = json!({ "goal": { "metric": "weight_kg", "target": 75 } });
    world.record_with(ada, "note", Some("I would like to be at 75 kg."), goal);
    for day in 0..90 {
        if day % 40 == 0 {
            let weight = json!({ "metric": "weight_kg", "value": 82.4 });
            world.record_with(ada, "measurement", None, weight);
        }
        if day % 2 == 0 {
            world.record(ada, "visit");
        }
        let proposed = |run: &Run| !run.proposals.is_empty();
        if let Some(run) = world.runs(&plugin).into_iter().find(proposed) {
            return run;
        }
        world.go_to(world.clock.now_plus_hours(24));
    }
    panic!("the plugin never proposed anything");
}

fn runtime() -> Runtime {
    Runtime::new(RuntimeConfig {
        cache_dir: Some(target_dir().join("it-cache")),
        ..RuntimeConfig::default()
    })
    .unwrap()
}

fn read(json: &str) -> Transcript {
    Transcript::read(json).unwrap()
}

#[test]
fn transcript_of_a_year_gives_the_same_a_thousand_times_beside_busy_neighbours() {
    let world = keeping_all();
    let run = referral(&world);
    let transcript = world.host.transcript(run.id).unwrap();
    assert!(transcript.seen.history.len() > 20, "there is little to see");
    assert!(!transcript.answer.effects.is_empty());
    // As on another machine: from the file's text.
    let transcript = read(&serde_json::to_string(&transcript).unwrap());
    let runtime = runtime();
    let plugin = runtime
        .load(&Component::new(component("coach-referral")))
        .unwrap();
    let expected = (transcript.answer.canonical(), transcript.answer.fuel);
    let again = || {
        let answer = transcript.output_of(&runtime, &plugin);
        assert_eq!((answer.canonical(), answer.fuel), expected);
    };

    let rounds = if long() { 50_000 } else { 500 };
    for _ in 0..rounds {
        again();
    }
    // The neighbours use up all their fuel, again and again, in the same engine.
    let hungry = world.hostile("hungry", json!({ "mode": "loop" }));
    world.record(run.customer.unwrap(), "visit");
    let neighbour = world.host.transcript(world.last_run(&hungry).id).unwrap();
    let hostile = runtime.load(&Component::new(component("hostile"))).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let answer = neighbour.output_of(&runtime, &hostile);
                    assert_eq!(answer.canonical(), neighbour.answer.canonical());
                    assert_eq!(answer.fuel, neighbour.answer.fuel);
                }
            });
        }
        let quarters: Vec<_> = (0..4)
            .map(|_| threads.spawn(|| (0..rounds / 4).for_each(|_| again())))
            .collect();
        let ended: Vec<_> = quarters.into_iter().map(|it| it.join()).collect();
        done.store(true, Ordering::Relaxed);
        assert!(ended.iter().all(Result::is_ok), "a replay differed");
    });
}

#[test]
fn every_failure_that_is_deterministic_can_be_had_again() {
    let world = World::new();
    for mode in [
        "panic",
        "unreachable",
        "loop",
        "memory-bomb",
        "deep-recursion",
        "oversized",
        "many-effects",
        "retry",
        "permanent",
        "deep-json",
        "log-flood",
        // What the guest returned is refused by the host: the answer is what it returned.
        "forged-evidence",
        "ungranted",
        "empty-reason",
        "mixed",
        "ungranted-record",
    ] {
        let plugin = world.hostile(mode, json!({ "mode": mode }));
        let customer = world.customer("Ada Lovelace").id;
        world.record(customer, "visit");
        world
            .host
            .set_plugin_state(&plugin, InstallationState::Disabled)
            .unwrap();
        let run = world.last_run(&plugin);
        let transcript = world.host.transcript(run.id).unwrap();
        assert_eq!(transcript.outcome, run.outcome, "{mode}");
        let replay = world.host.replay(run.id, None).unwrap();
        assert!(replay.same && replay.same_fuel, "{mode}: {replay:?}");
        assert!(replay.differences.is_empty());
        let RunOutcome::Failed { failure, .. } = run.outcome else {
            // A flood of lines is no failure unless it runs out of fuel.
            panic!("{mode} did not fail");
        };
        match &replay.replayed.failure {
            Some(of_guest) => assert_eq!(of_guest.kind, failure, "{mode}"),
            None => assert!(!replay.replayed.effects.is_empty(), "{mode}"),
        }
    }
}

#[test]
fn timed_out_run_is_marked_as_unrepeatable() {
    let runtime = RuntimeConfig {
        fuel: u64::MAX / 2,
        timeout: std::time::Duration::from_millis(20),
        ..RuntimeConfig::default()
    };
    let world = keeping(Transcripts::default(), runtime);
    let plugin = world.hostile("slow", json!({ "mode": "loop" }));
    world.record(world.customer("Ada").id, "visit");
    let replay = world.host.replay(world.last_run(&plugin).id, None).unwrap();
    let kind = |failure: &regulars::runtime::CallFailure| failure.kind;
    assert_eq!(
        replay.recorded.failure.as_ref().map(kind),
        Some(FailureKind::TimedOut)
    );
    assert!(
        replay
            .notes
            .iter()
            .any(|note| note.contains("the machine's load")),
        "{:?}",
        replay.notes
    );
}

#[test]
fn recorded_limits_hold_and_not_those_of_now() {
    let small = RuntimeConfig {
        fuel: 3_000_000,
        max_memory: 1 << 20,
        max_wasm_stack: 256 << 10,
        ..RuntimeConfig::default()
    };
    let world = keeping(Transcripts::default(), small);
    let plugin = world.hostile("greedy", json!({ "mode": "log-flood" }));
    world.record(world.customer("Ada").id, "visit");
    let run = world.last_run(&plugin);
    let transcript = world.host.transcript(run.id).unwrap();
    assert_eq!(transcript.limits.fuel, 3_000_000);
    let here = runtime();
    assert!(!here.can_hold(&transcript.limits), "the stack differs");
    let component = Component::new(component("hostile"));
    let replay = transcript.replay(&here, &component).unwrap();
    assert!(replay.same && replay.same_fuel, "{replay:?}");
    // More stack than a thread of this test has: the guest's calls must not use up the host's.
    let deep = world.hostile("deep", json!({ "mode": "deep-recursion" }));
    world.record(world.customer("Ada").id, "visit");
    let mut transcript = world.host.transcript(world.last_run(&deep).id).unwrap();
    transcript.limits.max_wasm_stack = 2 << 20;
    let replay = transcript.replay(&here, &component).unwrap();
    assert!(replay.replayed.failure.is_some());
}

#[test]
fn action_is_made_again_with_its_input() {
    let world = keeping_all();
    let plugin = world.hostile("hostile", json!({ "mode": "ok" }));
    let call = |action: &str| ActionCall {
        plugin: plugin.clone(),
        action: action.to_owned(),
        customer: None,
        input: json!({ "text": "hello" }),
        caller: Caller::Staff,
    };
    let reply = world.host.act(call("echo")).unwrap();
    let transcript = world.host.transcript(reply.run).unwrap();
    let Invocation::Action { action, input } = &transcript.called else {
        panic!("{:?}", transcript.called);
    };
    assert_eq!((action.as_str(), &input["text"]), ("echo", &json!("hello")));
    assert_eq!(transcript.answer.output, Some(reply.output));
    assert!(world.host.replay(reply.run, None).unwrap().same);
    // An output that the host refused is what the guest answered.
    let Err(Error::Failed { run, .. }) = world.host.act(call("lie")) else {
        panic!("it was believed");
    };
    let replay = world.host.replay(run, None).unwrap();
    assert!(replay.same, "{replay:?}");
    assert_eq!(replay.replayed.output.unwrap()["text"], 7);
}

#[test]
fn replay_compares_a_newer_version_with_the_record() {
    let world = keeping_all();
    let run = referral(&world);
    let other = Component::new(component("ask-once"));
    let digest = other.digest;
    let replay = world.host.replay(run.id, Some(other)).unwrap();
    assert!(!replay.same);
    assert_eq!(replay.replayed_with, digest);
    assert_eq!(replay.recorded_with, run.digest);
    let mut differences = replay.differences.iter();
    let first = differences.find(|it| it.what == "effect 1").unwrap();
    assert_eq!(first.recorded.as_ref().unwrap()["effect"], "suggest");
    assert!(
        replay
            .notes
            .iter()
            .any(|note| note.contains("requests") && note.contains("purchase")),
        "{:?}",
        replay.notes
    );
    assert!(
        replay
            .notes
            .iter()
            .any(|note| note.contains("does not request") && note.contains("measurement")),
        "{:?}",
        replay.notes
    );
    let broken = world.host.replay(run.id, Some(Component::new(vec![0; 8])));
    assert!(matches!(broken, Err(Error::Plugin(_))), "{broken:?}");
}

#[test]
fn component_that_ran_is_found_after_an_upgrade() {
    let world = keeping_all();
    let run = referral(&world);
    let mut upgrade = regulars::host::InstallRequest::new(component("overheard"), "next.wasm");
    upgrade.id = Some(run.installation.clone());
    upgrade.replace = true;
    world.host.install(upgrade).unwrap();
    let replay = world.host.replay(run.id, None).unwrap();
    assert!(replay.same && replay.replayed_with == run.digest);
}

#[test]
fn replay_writes_nothing() {
    let world = keeping_all();
    let run = referral(&world);
    world.hostile("bad", json!({ "mode": "panic" }));
    world.record(run.customer.unwrap(), "visit");
    let bytes =
        || ["crm.db", "crm.db-wal"].map(|name| std::fs::read(world.dir.path().join(name)).unwrap());
    let before = (bytes(), world.host.counts().unwrap());
    let bad = "bad".parse().unwrap();
    let runs = [world.runs(&run.installation), world.runs(&bad)].concat();
    let replays = runs.iter().map(|run| world.host.replay(run.id, None));
    assert!(replays.filter(Result::is_ok).count() > 10);
    assert!(before == (bytes(), world.host.counts().unwrap()));
}

#[test]
fn transcripts_cover_every_failure_and_a_sample_of_successes() {
    let transcripts = Transcripts {
        one_in: 10,
        ..Transcripts::default()
    };
    let world = keeping(transcripts, RuntimeConfig::default());
    let good = world.hostile("good", json!({ "mode": "remember-count" }));
    let bad = world.hostile("bad", json!({ "mode": "permanent" }));
    let ada = world.customer("Ada").id;
    for _ in 0..300 {
        world.record(ada, "visit");
    }
    let kept = |plugin| {
        let runs = world.runs(plugin).into_iter();
        runs.filter(|run| world.host.transcript(run.id).is_ok())
            .count()
    };
    assert_eq!(kept(&bad), 300);
    let share = kept(&good);
    assert!(
        (10..60).contains(&share),
        "{share} of 300 is not one in ten"
    );
    let without = world.runs(&good).into_iter().find_map(|run| {
        let error = world.host.transcript(run.id).err()?;
        Some(error.to_string())
    });
    assert!(without.unwrap().contains("transcripts.one_in"));
}

#[test]
fn transcripts_are_pruned_by_age_and_number() {
    let transcripts = Transcripts {
        per_plugin: 5,
        days: 10,
        ..Transcripts::default()
    };
    let world = keeping(transcripts, RuntimeConfig::default());
    let bad = world.hostile("bad", json!({ "mode": "permanent" }));
    let rare = world.hostile("rare", json!({ "mode": "permanent" }));
    let ada = world.customer("Ada").id;
    world.record(ada, "visit");
    world
        .host
        .set_plugin_state(&rare, InstallationState::Disabled)
        .unwrap();
    for _ in 0..600 {
        world.record(ada, "visit");
    }
    world.go_to(world.clock.now_plus_hours(2));
    let kept = |plugin| -> Vec<bool> {
        let runs = world.runs(plugin).into_iter();
        runs.map(|run| world.host.transcript(run.id).is_ok())
            .collect()
    };
    assert_eq!(kept(&bad)[..6], [true, true, true, true, true, false]);
    assert_eq!(kept(&bad).iter().filter(|kept| **kept).count(), 5);
    assert_eq!(kept(&rare), [true]);
    world.go_to(world.clock.now_plus_hours(24 * 11));
    assert_eq!(kept(&rare), [false]);
    assert!(!kept(&bad).contains(&true));
    let gone = world.host.transcript(world.last_run(&bad).id).unwrap_err();
    assert!(gone.to_string().contains("transcripts.days"), "{gone}");
    // The runs themselves stay.
    assert_eq!(world.runs(&rare).len(), 1);
}

#[test]
fn oversized_transcript_is_dropped_with_a_note() {
    let transcripts = Transcripts {
        max_bytes: 20_000,
        ..Transcripts::default()
    };
    let world = keeping(transcripts, RuntimeConfig::default());
    let bad = world.hostile("bad", json!({ "mode": "permanent" }));
    let ada = world.customer("Ada").id;
    world.record(ada, "visit");
    assert!(world.host.transcript(world.last_run(&bad).id).is_ok());
    world.record_with(ada, "note", Some(&"x".repeat(20_000)), json!({}));
    let error = world.host.transcript(world.last_run(&bad).id).unwrap_err();
    assert!(
        error.to_string().contains("transcripts.max_bytes"),
        "{error}"
    );
}

#[test]
fn transcript_holds_granted_data_alone() {
    let world = keeping_all();
    let mut request =
        regulars::host::InstallRequest::new(component("hostile"), "hostile.wasm".to_owned());
    request.settings = Some(json!({ "mode": "ok" }));
    request.grants = Some(Grants {
        effects: [regulars_manifest::EffectKind::Suggest].into(),
        history: vec![HistoryGrant {
            kinds: ["visit".to_owned()].into(),
            days: 30,
            limit: 100,
        }],
        ..Grants::default()
    });
    let plugin = world.host.install(request).unwrap().id;
    let ada = world.customer("Ada Lovelace").id;
    world.record_with(ada, "complaint", Some("the pool is cold"), json!({}));
    world.record(ada, "visit");
    let run = world.last_run(&plugin);
    let text = serde_json::to_string(&world.host.transcript(run.id).unwrap()).unwrap();
    for secret in ["Lovelace", "the pool is cold"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}

#[test]
fn http_gives_transcripts_and_replays() {
    let served = Served::new(keeping_all());
    let run = referral(&served.world);
    let path = format!("/v1/runs/{}", run.id);
    let transcript = served.get(&format!("{path}/transcript"));
    assert_eq!(transcript.status, 200, "{}", transcript.text);
    assert_eq!(transcript.json()["format"], "regulars.transcript/1");
    assert_eq!(read(&transcript.text).run, run.id);
    let replay = served.send("POST", &format!("{path}/replay"), None, &[]);
    assert_eq!(replay.status, 200, "{}", replay.text);
    assert_eq!(replay.json()["same"], true);
    assert_eq!(replay.json()["same_fuel"], true);
    let nothing = format!("/v1/runs/{}/transcript", run.installation);
    assert_eq!(served.get(&nothing).status, 400);
    let nobody = format!("/v1/runs/{}/replay", uuid::Uuid::nil());
    assert_eq!(served.send("POST", &nobody, None, &[]).status, 404);
    let document = served.get("/openapi.json").json();
    for (method, path) in [("get", "transcript"), ("post", "replay")] {
        let described = &document["paths"][format!("/v1/runs/{{id}}/{path}")][method];
        assert!(described["responses"]["200"].is_object(), "{described}");
    }
}

#[test]
fn http_names_the_setting_that_keeps_transcripts() {
    let none = Transcripts {
        one_in: 0,
        ..Transcripts::default()
    };
    let served = Served::new(keeping(none, RuntimeConfig::default()));
    let run = referral(&served.world);
    let answer = served.get(&format!("/v1/runs/{}/transcript", run.id));
    assert_eq!(answer.status, 404);
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("transcripts.one_in"), "{detail}");
}

#[test]
fn invalid_transcripts_are_refused_by_name() {
    let world = keeping_all();
    let run = referral(&world);
    let json = serde_json::to_value(world.host.transcript(run.id).unwrap()).unwrap();
    let refused = |change: &dyn Fn(&mut Json)| {
        let mut changed = json.clone();
        change(&mut changed);
        Transcript::read(&changed.to_string())
            .unwrap_err()
            .to_string()
    };
    let newer = refused(&|it| it["format"] = json!("regulars.transcript/9"));
    assert!(newer.contains("regulars.transcript/1"), "{newer}");
    let huge = refused(&|it| it["limits"]["max_memory"] = json!(1_u64 << 40));
    assert!(huge.contains("max_memory"), "{huge}");
    let lost = refused(&|it| drop(it.as_object_mut().unwrap().remove("seen")));
    assert!(lost.contains("seen"), "{lost}");
}

/// The program beside the world's host, on its database.
fn program(program: &Program, world: &World, arguments: &[&str]) -> Said {
    let db = world.dir.path().join("crm.db").display().to_string();
    let mut all = vec!["--db", &db];
    all.extend(arguments);
    program.run(&all)
}

#[test]
fn replay_reports_its_result_by_exit_code_and_words() {
    let (cli, world) = (Program::new(), keeping_all());
    let run = referral(&world);
    let id = run.id.to_string();
    let show = program(&cli, &world, &["run", "show", &id]).ok();
    let kept = format!("transcript kept: regulars replay {id}");
    assert!(show.out.contains(&kept), "{}", show.out);
    let show = program(&cli, &world, &["--json", "run", "show", &id]).ok();
    assert_eq!(show.json()["transcript"], true);

    let same = program(&cli, &world, &["replay", &id]).ok();
    for word in ["coach-referral", "byte for byte", "the same fuel"] {
        assert!(same.out.contains(word), "{}", same.out);
    }
    let json = program(&cli, &world, &["--json", "replay", &id])
        .ok()
        .json();
    assert_eq!(
        (&json["same"], &json["same_fuel"]),
        (&true.into(), &true.into())
    );

    let other = program(&cli, &world, &["replay", &id, "--with", &wasm("ask-once")]);
    assert_eq!(other.code, 1, "{}\n{}", other.out, other.err);
    for line in [
        "different",
        "effect 1, only in the recording",
        "  -   \"effect\": \"suggest\",",
        "note: this version requests",
    ] {
        assert!(
            other.out.contains(line),
            "“{line}” is not in:\n{}",
            other.out
        );
    }
    for (arguments, word) in [
        (
            &["replay", &id, "--with", "/nowhere.wasm"][..],
            "cannot read",
        ),
        (
            &["replay", "01970000-0000-7000-8000-000000000001"],
            "no run",
        ),
        (&["replay", "coach-referral"], "invalid run id"),
    ] {
        let cannot = program(&cli, &world, arguments);
        assert_eq!(cannot.code, 2, "{}", cannot.out);
        assert!(cannot.err.contains(word), "{}", cannot.err);
    }
}

#[test]
fn run_show_says_why_there_is_no_transcript() {
    let none = Transcripts {
        one_in: 0,
        ..Transcripts::default()
    };
    let (cli, world) = (Program::new(), keeping(none, RuntimeConfig::default()));
    let id = referral(&world).id.to_string();
    let show = program(&cli, &world, &["run", "show", &id]).ok();
    // The program's own setting is the default.
    assert!(
        show.out.contains("no transcript: it completed"),
        "{}",
        show.out
    );
    let cannot = program(&cli, &world, &["replay", &id]);
    assert_eq!(cannot.code, 2);
    assert!(cannot.err.contains("--transcripts 1"), "{}", cannot.err);
}

#[test]
fn exported_transcript_runs_without_a_database() {
    let (cli, world) = (Program::new(), keeping_all());
    let run = referral(&world);
    let file = cli.dir.path().join("run.json");
    let path = file.display().to_string();
    let export = ["run", "export", &run.id.to_string(), "-o", &path];
    let said = program(&cli, &world, &export).ok();
    assert!(said.err.contains("--mask"), "{}", said.err);
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "others may read personal data");

    let elsewhere = Program::new();
    let said = elsewhere
        .run(&["plugin", "run", &wasm("coach-referral"), &path])
        .ok();
    for word in [
        "Introduce Ada to a trainer",
        "of 50,000,000",
        "memory",
        "byte for byte",
        "the same fuel",
    ] {
        assert!(said.out.contains(word), "“{word}” is not in:\n{}", said.out);
    }
    assert_eq!(std::fs::read_dir(elsewhere.dir.path()).unwrap().count(), 0);
    let arguments = [
        "--json",
        "plugin",
        "run",
        &wasm("coach-referral"),
        "--event",
        &path,
    ];
    let json = elsewhere.run(&arguments).ok().json();
    assert_eq!(json["replay"]["same"], true);
    let other = elsewhere.run(&["plugin", "run", &wasm("overheard"), &path]);
    assert_eq!(other.code, 1, "{}", other.out);
    let settings = [
        "plugin",
        "run",
        &wasm("overheard"),
        &path,
        "--settings",
        "{}",
    ];
    assert_eq!(elsewhere.run(&settings).code, 2);

    let text = std::fs::read_to_string(&file).unwrap();
    let newer = text.replace("regulars.transcript/1", "regulars.transcript/2");
    let newer = elsewhere.file("newer.json", newer).display().to_string();
    let said = elsewhere.run(&["plugin", "run", &wasm("coach-referral"), &newer]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("regulars.transcript/1"), "{}", said.err);
}

#[test]
fn refused_run_says_so_after_export() {
    let (cli, world) = (Program::new(), World::new());
    let bad = world.hostile("bad", json!({ "mode": "forged-evidence" }));
    world.record(world.customer("Ada").id, "visit");
    let id = world.last_run(&bad).id.to_string();
    let file = cli.dir.path().join("run.json").display().to_string();
    program(&cli, &world, &["run", "export", &id, "-o", &file]).ok();
    let said = cli.run(&["plugin", "run", &wasm("hostile"), &file]).ok();
    assert!(
        said.out
            .contains("the host refused the answer of the recorded run (bad-evidence)"),
        "{}",
        said.out
    );
}

/// Ids, names and words in a transcript that a masked copy must not have.
fn personal(transcript: &Transcript) -> Vec<String> {
    let json = serde_json::to_value(transcript).unwrap();
    let mut found = Vec::new();
    let interactions = json["seen"]["history"].as_array().unwrap().iter();
    for it in interactions.chain([&json["called"]["event"]["interaction"]]) {
        for member in ["id", "customer", "subject", "body"] {
            found.extend(it[member].as_str().map(str::to_owned));
        }
    }
    for member in ["id", "display_name", "given_name", "birthday"] {
        let value = json["seen"]["customer"][member].as_str();
        found.extend(value.map(|value| format!("\"{value}\"")));
    }
    found.extend(json["trigger"]["event"].as_str().map(str::to_owned));
    assert!(found.len() > 20, "{found:?}");
    found
}

#[test]
fn masked_transcript_behaves_the_same_apart_from_words() {
    let (cli, world) = (Program::new(), keeping_all());
    let run = referral(&world);
    let whole = world.host.transcript(run.id).unwrap();
    let masked = world.host.masked_transcript(run.id).unwrap();
    let text = serde_json::to_string(&masked).unwrap();
    for secret in personal(&whole) {
        assert!(!text.contains(&secret), "{secret} is in {text}");
    }
    let report = masked.masked.as_ref().unwrap();
    assert!(report.same_kinds, "{report:?}: {text}");
    assert_eq!(masked.seen.history.len(), whole.seen.history.len());
    for (one, other) in masked.seen.history.iter().zip(&whole.seen.history) {
        assert_eq!(one.kind, other.kind);
        assert_eq!(one.occurred_at, other.occurred_at);
        assert_eq!(one.data["value"], other.data["value"]);
        let length = |text: &Option<String>| text.as_ref().map(String::len);
        assert_eq!(length(&one.body), length(&other.body));
    }
    // The same by the same: the evidence names interactions of the masked history.
    let because = masked.answer.effects[0].because().unwrap();
    let known = |id: &InteractionId| masked.seen.history.iter().any(|past| past.id == *id);
    assert!(because.evidence.iter().filter(|id| known(id)).count() > 5);
    // Others each time.
    let again = world.host.masked_transcript(run.id).unwrap();
    let id = |transcript: &Transcript| transcript.seen.customer.as_ref().unwrap().id;
    assert_ne!(id(&again), id(&masked));

    let id = run.id.to_string();
    let file = cli.dir.path().join("masked.json").display().to_string();
    let said = program(&cli, &world, &["run", "export", &id, "--mask", "-o", &file]).ok();
    assert!(said.err.contains("still answers with"), "{}", said.err);
    let said = cli
        .run(&["plugin", "run", &wasm("coach-referral"), &file])
        .ok();
    assert!(said.out.contains("byte for byte"), "{}", said.out);
    assert!(said.out.contains("was replaced"), "{}", said.out);
    assert!(!said.out.contains("Ada"), "{}", said.out);
}

#[test]
fn mask_covers_untrusted_text_and_lists_its_changes() {
    let world = keeping_all();
    let plugin = world.install("overheard").id;
    let new = regulars::host::NewCustomer {
        display_name: Some("Żaneta Müller-Lüdenscheidt".to_owned()),
        given_name: Some("Żaneta".to_owned()),
        ..regulars::host::NewCustomer::default()
    };
    let customer = world.host.create_customer(new).unwrap().id;
    let words = [
        "Call me at +49 30 1234567 or zaneta@example.org, 東京 office",
        "Mina Okafor",
        "4930 1234 567",
        "Żaneta",
    ];
    let data = json!({
        "Mina Okafor": { "phone": words[2], "at": "2026-02-01", "stars": 2 },
        "colleagues": [words[1], customer.to_string()],
    });
    world.record_with(
        customer,
        "feedback",
        Some("This is urgent, says Mina Okafor."),
        data.clone(),
    );
    world.record_with(customer, "feedback", Some(words[0]), data);
    let run = world.last_run(&plugin);
    let whole = world.host.transcript(run.id).unwrap();
    let masked = world.host.masked_transcript(run.id).unwrap();
    let text = serde_json::to_string(&masked).unwrap();
    let leaks = [
        "Mina", "Okafor", "zaneta@", "1234567", "Żaneta", "Müller", "東京",
    ];
    for secret in leaks.into_iter().chain([customer.to_string().as_str()]) {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    let Invocation::Event {
        event: EventData::InteractionRecorded { interaction },
    } = &masked.called
    else {
        panic!("{:?}", masked.called);
    };
    let body = interaction.body.as_ref().unwrap();
    assert_eq!(body.len(), words[0].len());
    assert_eq!(body.chars().count(), words[0].chars().count());
    assert!(body.contains('@') && body.contains('+'), "{body}");
    let (_, details) = interaction.data.as_object().unwrap().iter().next().unwrap();
    assert_eq!(
        (&details["at"], &details["stars"]),
        (&json!("2026-02-01"), &json!(2))
    );
    let colleague = interaction.data["colleagues"][1].as_str().unwrap();
    assert_eq!(colleague, interaction.customer.to_string());

    assert_eq!(masked.answer.logs, {
        let runtime = runtime();
        let plugin = runtime
            .load(&Component::new(component("overheard")))
            .unwrap();
        masked.output_of(&runtime, &plugin).logs
    });
    let report = masked.masked.unwrap();
    let kinds: Vec<_> = whole.answer.effects.iter().map(Effect::kind).collect();
    assert_eq!(report.recorded, kinds);
}
