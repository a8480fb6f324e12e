//! Dead letters over HTTP and on the command line: listed, shown, redriven in order, dropped.

use jiff::SignedDuration;
use regulars::host::NewInteraction;
use regulars::model::*;
use serde_json::{Value, json};

use crate::program::{Program, Said};
use crate::served::Served;
use crate::world::{Moves, World, comes};

/// A plugin that gave up on the first two visits of Ada and the first one of Bob.
struct Given {
    served: Served,
    bad: InstallationId,
    ada: CustomerId,
    bob: CustomerId,
    program: Program,
}

fn given_up() -> (World, InstallationId, CustomerId, CustomerId) {
    let world = World::new();
    let bad = world.hostile("bad", json!({ "mode": "retry" }));
    let ada = world.customer("Ada Lovelace").id;
    let bob = world.customer("Bob").id;
    for customer in [ada, ada, bob] {
        world.record(customer, "visit");
    }
    give_up(&world);
    (world, bad, ada, bob)
}

/// Moves the clock past all attempts.
fn give_up(world: &World) {
    for _ in 0..12 {
        world.go_to(world.clock.now_plus_hours(12));
    }
    assert!(world.deferred().iter().all(|it| it.dead));
}

/// Sets the clock to the machine's time, by which the program dates its acts.
fn catch_up(world: &World) {
    world.go_to(Timestamp::now().max(world.host.now()) + SignedDuration::from_mins(1));
}

impl Given {
    fn new() -> Given {
        let (world, bad, ada, bob) = given_up();
        Given {
            served: Served::new(world),
            bad,
            ada,
            bob,
            program: Program::new(),
        }
    }

    fn world(&self) -> &World {
        &self.served.world
    }

    fn behave(&self, mode: &str) {
        let settings = json!({ "mode": mode });
        self.world()
            .host
            .set_plugin_settings(&self.bad, settings)
            .unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let db = self.world().dir.path().join("crm.db").display().to_string();
        let mut all = vec!["--db", &db, "dead-letter"];
        all.extend(arguments);
        self.program.run(&all)
    }

    fn items(&self, query: &str) -> Vec<Value> {
        let page = self.served.get(&format!("/v1/dead-letters{query}")).json();
        page["items"].as_array().unwrap().clone()
    }

    /// The events that the plugin completed, in the order of its runs.
    fn completed(&self) -> Vec<EventId> {
        let runs = self.world().runs(&self.bad).into_iter().rev();
        runs.filter(|run| run.outcome == RunOutcome::Completed)
            .map(|run| match run.trigger {
                Trigger::Event { event, .. } => event,
                Trigger::Action { .. } => panic!("nobody called an action"),
            })
            .collect()
    }
}

#[test]
fn dead_letters_are_listed_and_shown() {
    let given = Given::new();
    let all = given.items("");
    assert_eq!(all.len(), 3);
    let first = &all[0];
    assert_eq!(first["plugin"], "bad");
    assert_eq!(
        (&first["attempts"], &first["dead"]),
        (&json!(5), &json!(true))
    );
    assert_eq!(first["error"], "not today");
    assert_eq!(given.items(&format!("?customer={}", given.bob)).len(), 1);
    assert_eq!(given.items("?plugin=bad").len(), 3);
    assert_eq!(given.items("?plugin=other").len(), 0);
    let mut paged = Vec::new();
    let mut query = "?limit=2".to_owned();
    loop {
        let page = given.served.get(&format!("/v1/dead-letters{query}")).json();
        paged.extend(page["items"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => query = format!("?limit=2&after={next}"),
            None => break,
        }
    }
    assert_eq!(paged, all);

    let event = first["event"].as_str().unwrap();
    let shown = given
        .served
        .get(&format!("/v1/dead-letters/{event}/bad"))
        .json();
    assert_eq!(shown["data"]["kind"], "interaction-recorded");
    let runs = shown["runs"].as_array().unwrap();
    let attempts: Vec<&Value> = runs.iter().map(|run| &run["attempt"]).collect();
    assert_eq!(attempts, [1, 2, 3, 4, 5]);
    assert_eq!(runs[0]["outcome"]["detail"], "not today");

    let said = given.run(&["show", event, "bad"]).ok().out;
    for word in [
        "Ada Lovelace",
        "visit recorded",
        "5 tries",
        "try 5",
        "not today",
    ] {
        assert!(said.contains(word), "“{word}” is not in:\n{said}");
    }
    let listed = given.run(&["list", "--customer", "Bob", "--json"]).ok().out;
    let line: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(line, all[2]);
    let page = given.run(&["list", "--limit", "2"]).ok();
    assert_eq!(page.out.lines().count(), 4);
    let next = page.err.trim().rsplit(' ').next().unwrap();
    let rest = given.run(&["list", "--after", next]).ok();
    assert!(
        rest.out.contains("Bob") && rest.out.lines().count() == 2,
        "{}",
        rest.out
    );

    let nobody = "01970000-0000-7000-8000-00000000dead";
    let missing = given.served.get(&format!("/v1/dead-letters/{nobody}/bad"));
    assert_eq!(
        (missing.status, &missing.json()["field"]),
        (404, &json!("event"))
    );
    let wrong = given.served.get("/v1/dead-letters/ada/bad");
    assert_eq!(
        (wrong.status, &wrong.json()["field"]),
        (400, &json!("event"))
    );
    assert!(
        given
            .run(&["show", nobody, "bad"])
            .err
            .contains("no dead letter")
    );
}

#[test]
fn redriven_event_runs_before_waiting_events() {
    let given = Given::new();
    let world = given.world();
    // A later visit of Ada waits to be tried again, and one behind it.
    let third = world.record(given.ada, "visit").event.unwrap();
    let fourth = world.record(given.ada, "visit").event.unwrap();
    let dead = given.items("");
    let id = |index: usize| -> EventId { dead[index]["event"].as_str().unwrap().parse().unwrap() };
    let of_bob = id(2);
    given.behave("remember-count");
    let path = format!("/v1/dead-letters/{}/bad/redrive", id(1));
    assert_eq!(given.served.send("POST", &path, None, &[]).status, 204);
    world.go_to(world.clock.now_plus_hours(1));
    let completed = given.completed();
    let position = |event| completed.iter().position(|it| *it == event);
    assert_eq!((position(id(0)), position(of_bob)), (None, None));
    assert!(position(id(1)) < position(third), "{completed:?}");
    assert!(position(third) < position(fourth), "{completed:?}");
    let memory = world.host.memory(&given.bad, Some(given.ada)).unwrap();
    assert_eq!(memory.entries["count"], 3);
    assert_eq!(given.served.send("POST", &path, None, &[]).status, 404);

    // It has as many attempts as a new one.
    given.behave("retry");
    let event = of_bob.to_string();
    given.run(&["redrive", &event, "bad"]).ok();
    catch_up(world);
    give_up(world);
    let dead = given.items("");
    assert_eq!(dead.len(), 2);
    assert_eq!(
        (&dead[0]["attempts"], &dead[1]["attempts"]),
        (&json!(5), &json!(10))
    );
    let shown = given
        .served
        .get(&format!("/v1/dead-letters/{event}/bad"))
        .json();
    assert_eq!(shown["runs"].as_array().unwrap().len(), 10);
}

#[test]
fn many_are_redriven_at_once() {
    let given = Given::new();
    let world = given.world();
    let redrive = |body: Value| given.served.post("/v1/dead-letters/redrive", body);
    assert_eq!(
        redrive(json!({ "dry_run": true })).json(),
        json!({ "events": 3 })
    );
    let dead = given.items("");
    assert_eq!(dead.len(), 3);
    let unknown = redrive(json!({ "plugin": "nobody" }));
    assert!(
        unknown.status == 409 && unknown.text.contains("not installed"),
        "{}",
        unknown.text
    );
    let counted = given.run(&["redrive", "--plugin", "bad", "--dry-run"]).ok();
    assert!(counted.out.contains("3 events would be"), "{}", counted.out);
    given.behave("remember-count");
    assert_eq!(
        redrive(json!({ "plugin": "bad" })).json(),
        json!({ "events": 3 })
    );
    world.host.settle().unwrap();
    assert!(world.deferred().is_empty());
    let completed = given.completed();
    let of = |customer| {
        let dead = dead
            .iter()
            .filter(move |it| it["customer"] == json!(customer));
        let ids: Vec<EventId> = dead
            .map(|it| it["event"].as_str().unwrap().parse().unwrap())
            .collect();
        ids
    };
    let mut ours = completed.clone();
    ours.retain(|event| of(given.ada).contains(event));
    assert_eq!(ours, of(given.ada), "in the order in which they happened");
    assert_eq!(completed.len(), 3);
    assert_eq!(
        given.run(&["redrive", "--all", "--json"]).ok().json()["events"],
        0
    );
    for wrong in [
        &["redrive"][..],
        &["redrive", "bad"],
        &["redrive", "--all", "--plugin", "bad"],
    ] {
        assert_eq!(given.run(wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn drop_asks_first_and_deletes() {
    let given = Given::new();
    let dead = given.items("");
    let event = dead[0]["event"].as_str().unwrap();
    let refused = given.run(&["drop", "--all"]);
    assert!(
        refused.code == 1 && refused.err.contains("--yes"),
        "{}",
        refused.err
    );
    assert!(refused.err.contains("3 dead letters"), "{}", refused.err);
    let path = format!("/v1/dead-letters/{event}/bad");
    assert_eq!(given.served.send("DELETE", &path, None, &[]).status, 204);
    assert_eq!(given.served.send("DELETE", &path, None, &[]).status, 404);
    let event = dead[1]["event"].as_str().unwrap();
    given.run(&["drop", event, "bad", "--yes"]).ok();
    assert_eq!(given.items("").len(), 1);
    let dropped = given.run(&["drop", "--plugin", "bad", "--yes"]).ok();
    assert!(
        dropped.out.contains("1 dead letter dropped"),
        "{}",
        dropped.out
    );
    assert!(given.items("").is_empty());
    // The events are still in the log.
    assert!(given.world().host.events(0, 100).unwrap().len() >= 3);
}

#[test]
fn restart_loses_no_dead_letter_and_no_redriven_one() {
    let (world, bad, ada, _) = given_up();
    let first = world.deferred()[0].event.id.to_string();
    let settings = json!({ "mode": "remember-count" });
    world.host.set_plugin_settings(&bad, settings).unwrap();
    // Redriven while nobody runs plugins.
    let World { host, dir, clock } = world;
    host.stop();
    drop(host);
    let db = dir.path().join("crm.db").display().to_string();
    let program = Program::new();
    let redrive = ["--db", &db, "dead-letter", "redrive", &first, "bad"];
    program.run(&redrive).ok();
    clock.advance(SignedDuration::from_secs(1));
    let host = crate::world::builder(dir.path(), &clock).build().unwrap();
    let world = World { host, dir, clock };
    assert_eq!(world.deferred().iter().filter(|it| it.dead).count(), 2);
    catch_up(&world);
    assert_eq!(world.deferred().len(), 2);
    let memory = world.host.memory(&bad, Some(ada)).unwrap();
    assert_eq!(memory.entries["count"], 1);
}

#[test]
fn unhandled_event_dies_and_blocks_no_other() {
    let world = World::new();
    let good = world.hostile("good", json!({ "mode": "remember-count" }));
    let (ada, bob) = (world.customer("Ada Lovelace").id, world.customer("Bob").id);
    world.record(ada, "visit");
    let broken = world.record(bob, "visit").interaction.id;
    // What the plugin would be shown of Bob's past is no record any more.
    let db = rusqlite::Connection::open(world.dir.path().join("crm.db")).unwrap();
    let set = |data: &str| {
        let sql = "UPDATE interaction SET data = ? WHERE id = ?";
        let changed = db
            .execute(sql, (data, broken.0.as_bytes().as_slice()))
            .unwrap();
        assert_eq!(changed, 1);
    };
    set("no JSON");
    let visit = |customer| {
        let new = NewInteraction::new(customer, "visit");
        world.host.record(new).unwrap();
        assert!(comes(|| world.host.settle().is_ok()));
    };
    visit(bob);
    visit(ada);
    assert_eq!(world.runs(&good).len(), 3);
    let dead = world.deferred();
    assert_eq!(dead.len(), 1);
    assert!(dead[0].dead && dead[0].event.customer == bob, "{dead:?}");
    assert!(
        dead[0].error.contains("the host failed at it 5 times"),
        "{dead:?}"
    );
    // Once it is mended, it is done as if nothing had been.
    set("{}");
    world.host.redrive(dead[0].event.id, &good).unwrap();
    world.host.settle().unwrap();
    visit(bob);
    assert!(world.deferred().is_empty());
    assert_eq!(world.runs(&good).len(), 5);
}

#[test]
fn deterministic_failure_is_dead_at_once_and_can_be_redriven() {
    let world = World::new();
    for mode in ["memory-bomb", "ungranted", "long-title"] {
        let bad = world.hostile(mode, json!({ "mode": mode }));
        let ada = world.customer("Ada Lovelace").id;
        world.record(ada, "visit");
        let dead = world.deferred().pop().unwrap();
        assert!(
            dead.dead && dead.attempts == 1 && dead.installation == bad,
            "{dead:?}"
        );
        assert_eq!(world.runs(&bad).len(), 1);
        world
            .host
            .set_plugin_settings(&bad, json!({ "mode": "ok" }))
            .unwrap();
        world.host.redrive(dead.event.id, &bad).unwrap();
        world.host.settle().unwrap();
        assert_eq!(world.last_run(&bad).outcome, RunOutcome::Completed);
        assert!(world.deferred().is_empty());
    }
}
