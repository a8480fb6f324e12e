//! Helpers that look back: at the history, at memory, and at what was done lately.

use regulars_sdk::testing::{Scene, past};
use regulars_sdk::*;
use serde_json::json;

/// Logs what the helpers see.
struct Probe;

impl Plugin for Probe {
    fn manifest() -> Manifest {
        Manifest::new("probe", "1.0.0")
            .reads_history(["visit", "purchase"], 365, "to test")
            .proposes(EffectKind::Task, "to test")
            .proposes(EffectKind::Remember, "to test")
            .subscribes_to_interactions(["visit"])
            .subscribes("task.closed")
    }

    fn handle(cx: &Context, event: Event) -> Result<Effects, Failure> {
        if let Event::TaskClosed(closed) = event {
            let Some(it) = closed.about("look:", "visit") else {
                return Ok(Effects::none());
            };
            let by = it.member_or("by", "nobody");
            log::info!("{} {by} {}", it.text(), closed.in_words());
            let again = Task::new("desk", "Again").because("So.", [&it]);
            return Ok(again.group_key(format!("again:{}", it.id)).into());
        }
        let contacts = contacts::of_days(cx, 90);
        log::info!("{}", contacts::in_words(cx, &contacts, 90));
        let found = history::find("visit", "v1").is_some();
        let inbound = |least| history::inbound("visit", least, 60).map(|it| it.len());
        log::info!("found {found}, {:?}, {:?}", inbound(2), inbound(3));
        let bought = |least| habit::purchases(least, 60).map(|it| it.len());
        log::info!("bought {:?}, {:?}", bought(2), bought(3));
        let within = |days| memory::within_days(cx, Scope::Customer, "done-at", days);
        log::info!("done {:?}, {:?}", within(7), within(8));
        let visits = history::Filter::kind("visit");
        log::info!("evidence: {}", history::evidence(visits).len());
        let once = memory::once(Scope::Customer, "once");
        Ok(Effects::some_or(once, "done before"))
    }
}

#[test]
fn helpers_read_history_and_memory() {
    let bought = |data| past("purchase").days_ago(50).data(data);
    let mut scene = Scene::<Probe>::new()
        .interactions([json!({"category": "tea"}), json!({"category": "milk"})].map(bought))
        .interactions([json!({"category": 7}), json!({})].map(bought))
        .interaction(past("visit").id("v1").days_ago(40))
        .interaction(past("visit").outbound().days_ago(2));
    let run = scene.interaction_recorded(past("visit"));
    run.logged("1 visit in the last 30 days, most recently today");
    run.logged("found true, Some(2), None");
    run.logged("bought Some(2), None");
    run.logged("done None, None");
    assert!(run.remembered::<bool>("once"));
    scene.apply(&run);
    let again = scene.interaction_recorded(past("visit"));
    again.no_effects();
    again.logged("done before");
}

#[test]
fn within_days_counts_whole_days() {
    let scene = Scene::<Probe>::new();
    let done = scene.now_is() - 7 * instant::DAY;
    let mut scene = scene.memory(Scope::Customer, "done-at", &done);
    let run = scene.interaction_recorded(past("visit"));
    run.logged("done None, Some(7)");
}

#[test]
fn evidence_is_limited_to_twelve() {
    let scene = Scene::<Probe>::new();
    let mut scene = scene.interactions((0..20).map(|n| past("visit").days_ago(n)));
    scene
        .interaction_recorded(past("visit"))
        .logged("evidence: 12");
}

#[test]
fn closed_task_names_its_subject() {
    let visit = past("visit")
        .id("v1")
        .body("Hm.")
        .data(json!({"by": "Anna"}));
    let mut scene = Scene::<Probe>::new().interaction(visit);
    let task = Task::new("desk", "Look").group_key("look:v1");
    let closed = scene.task_closed(&task, "done", "");
    closed.logged("Hm. Anna was closed as done by Bo");
    assert_eq!(closed.task().because.evidence, ["v1"]);
    scene.task_closed(closed.task(), "done", "").no_effects();

    scene.days_pass(400);
    let late = scene.task_closed(&task, "done", "");
    late.logged("Look nobody was closed as done by Bo");
}
