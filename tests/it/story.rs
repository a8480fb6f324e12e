//! The account of plugins' runs and failures, for the desk and the operator.

use regulars::host::Occasion;
use regulars::model::*;
use regulars::store::PageRequest;
use serde_json::json;

use crate::program::Program;
use crate::served::Served;
use crate::world::{Moves, World};

fn program(world: &World, arguments: &[&str]) -> String {
    let db = world.dir.path().join("crm.db").display().to_string();
    let mut all = vec!["--db", &db];
    all.extend(arguments);
    Program::new().run(&all).ok().out
}

#[test]
fn actions_are_part_of_the_story_in_the_order_of_time() {
    let served = Served::new(World::new());
    let world = &served.world;
    world.install("overheard");
    let ada = world.customer("Ada Lovelace").id;
    for remark in ["The music is too loud.", "The tomatoes were unripe."] {
        world.go_to(world.clock.now_plus_hours(1));
        let body = json!({ "customer": ada, "input": { "remark": remark, "heard_by": "Mina" } });
        let acted = served.post("/v1/plugins/overheard/actions/record", body);
        assert_eq!(acted.status, 200, "{}", acted.text);
        world.go_to(world.clock.now_plus_hours(1));
        world.record(ada, "visit");
    }
    let whole = world.host.explain(ada, PageRequest::first(100)).unwrap();
    assert!(whole.next.is_none());
    let kinds: Vec<&str> = whole.items.iter().map(|it| it.kind.as_str()).collect();
    let (recorded, called) = ("interaction.recorded", "action.called");
    assert_eq!(
        kinds,
        [
            recorded,
            recorded,
            called,
            recorded,
            recorded,
            called,
            "customer.created"
        ],
        "what an action records comes after it"
    );
    let told = &whole.items[2];
    let Occasion::Action { plugin, action } = &told.occasion else {
        panic!("{told:?}");
    };
    assert_eq!((plugin.as_str(), action.as_str()), ("overheard", "record"));
    assert_eq!(told.runs.len(), 1);
    assert!(!told.runs[0].run.proposals.is_empty());

    // However it is cut into pages, nothing is told twice or left out.
    for limit in 1..=7 {
        let mut page = PageRequest::first(limit);
        let mut times = Vec::new();
        loop {
            let part = world.host.explain(ada, page).unwrap();
            assert!(part.items.len() <= limit as usize);
            times.extend(part.items.iter().map(|it| (it.time, it.kind.clone())));
            match part.next {
                Some(next) => page.after = Some(next),
                None => break,
            }
        }
        let expected = whole.items.iter().map(|it| (it.time, it.kind.clone()));
        assert_eq!(times, expected.collect::<Vec<_>>(), "{limit} at a time");
    }

    let story = served.get(&format!("/v1/customers/{ada}/explain")).json();
    let (event, action) = (&story["items"][0], &story["items"][2]);
    assert!(event["event"].is_string() && event["cause"].is_null());
    assert_eq!(event["data"]["kind"], "interaction-recorded");
    assert_eq!(action["action"], "record");
    assert!(action.get("event").is_none(), "{action}");
    let said = program(world, &["explain", &ada.to_string()]);
    assert!(said.contains("action overheard/record called"), "{said}");
}

#[test]
fn deferred_events_can_be_listed() {
    let served = Served::new(World::new());
    let world = &served.world;
    assert_eq!(
        served.get("/v1/deferred").json(),
        json!({ "items": [], "next": null })
    );
    let bad: InstallationId = world.hostile("bad", json!({ "mode": "retry" }));
    let ada = world.customer("Ada Lovelace").id;
    world.record(ada, "visit");
    world.record(ada, "purchase");
    let deferred = served.get("/v1/deferred").json();
    let (first, second) = (&deferred["items"][0], &deferred["items"][1]);
    assert_eq!(first["plugin"], bad.as_str());
    assert_eq!(first["customer"], ada.to_string());
    assert_eq!(first["type"], "interaction.recorded");
    assert_eq!(
        (&first["attempts"], &first["dead"]),
        (&json!(1), &json!(false))
    );
    assert!(first["due_at"].is_string() && first["error"].is_string());
    assert!(second["due_at"].is_null());
    let one = served.get("/v1/deferred?limit=1").json();
    assert_eq!(one["items"].as_array().unwrap().len(), 1);
    let next = one["next"].as_str().unwrap();
    let rest = served.get(&format!("/v1/deferred?limit=1&after={next}"));
    assert_eq!(rest.json()["items"][0], *second);
    assert_eq!(rest.json()["next"], json!(null));
    assert_eq!(served.get("/v1/deferred?limit=0").status, 400);
    let said = program(world, &["run", "deferred"]);
    for word in ["bad", "Ada Lovelace", "1 try", "next try", "waits behind"] {
        assert!(said.contains(word), "“{word}” is not in:\n{said}");
    }

    for _ in 0..20 {
        world.go_to(world.clock.now_plus_hours(12));
    }
    let dead = world.deferred();
    assert!(dead.len() == 2 && dead.iter().all(|it| it.dead && it.attempts == 5));
    assert_eq!(program(world, &["--json", "run", "deferred"]), "");
    assert_eq!(served.get("/v1/deferred").json()["items"], json!([]));
    let document = served.get("/openapi.json").json();
    assert!(document["paths"]["/v1/deferred"]["get"].is_object());
}
