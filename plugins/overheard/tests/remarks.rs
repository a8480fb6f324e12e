//! A remark on its way to its owner and back.

use overheard::Overheard;
use regulars_sdk::testing::{Past, Scene, past};
use regulars_sdk::{Direction, EffectKind, instant};
use serde_json::{Value, json};

fn shop() -> Scene<Overheard> {
    Scene::new().customer(|c| c.given_name("Ada"))
}

fn said(remark: &str) -> Past {
    past("feedback")
        .channel("till")
        .body(remark)
        .data(json!({"heard_by": "Anna"}))
}

#[test]
fn remark_reaches_its_owner() {
    let mut scene = shop();
    let run = scene.interaction_recorded(said("The oat milk is always gone by noon.").id("f1"));
    let task = run.task();
    assert_eq!(task.role, "owner");
    assert_eq!(task.title, "Answer: “The oat milk is always gone by noon.”");
    assert_eq!(
        task.body,
        "Ada said: “The oat milk is always gone by noon.” Heard by Anna."
    );
    assert_eq!(task.due, Some(scene.now_is() + 48 * instant::HOUR));
    assert_eq!(task.because.evidence, ["f1"]);
    assert!(!task.urgent);
}

#[test]
fn topic_has_its_owner() {
    let settings = json!({"topic_roles": {"hygiene": "facilities"}, "sla_hours": 24});
    let remark = said("The showers are cold.").data(json!({"topic": "hygiene"}));
    let run = shop().settings(settings).interaction_recorded(remark);
    assert_eq!(run.task().role, "facilities");
    assert_eq!(run.task().body, "Ada said: “The showers are cold.”");
}

#[test]
fn urgent_words_go_to_the_manager_within_two_hours() {
    for remark in [
        "My son is ALLERGIC, and the label said nothing!",
        "Somebody was hurt.",
        "there is Broken   glass, in aisle 3",
        "unsafe/slippery",
    ] {
        let mut scene = shop();
        let run = scene.interaction_recorded(said(remark));
        assert_eq!(run.task().role, "manager", "{remark}");
        assert_eq!(run.task().due, Some(scene.now_is() + 2 * instant::HOUR));
        assert!(run.task().urgent);
    }
}

#[test]
fn only_whole_words_are_urgent() {
    for remark in [
        "The grill was great.",
        "Fireworks!",
        "I'll be back",
        "homesickness",
        "glass",
    ] {
        assert!(
            !shop().interaction_recorded(said(remark)).task().urgent,
            "{remark}"
        );
    }
    let settings = json!({"urgent_words": ["", "Käse weg"]});
    let mut scene = shop().settings(settings);
    assert!(
        scene
            .interaction_recorded(said("schon wieder: KÄSE weg"))
            .task()
            .urgent
    );
    assert!(!scene.interaction_recorded(said("sick")).task().urgent);
}

#[test]
fn outcome_is_reported_once() {
    let mut scene = shop();
    let owner = scene.interaction_recorded(said("No oat milk.").id("f1"));
    scene.days_pass(1);
    let closed = scene.task_closed(owner.task(), "done", "ordered twice a week");
    let back = closed.task();
    assert_eq!(back.role, "Anna");
    assert_eq!(back.title, "Tell Anna what became of “No oat milk.”");
    assert!(
        back.body
            .starts_with("“No oat milk.” was closed as done by Bo: ordered twice a week.")
    );
    assert_eq!(closed.suggestion().title, "You said, we did: tell Ada");
    assert_eq!(closed.suggestion().because.evidence, ["f1"]);
    scene.apply(&closed);

    scene.task_closed(back, "done", "").no_effects();
    scene
        .task_closed(owner.task(), "done", "again")
        .no_effects();
}

#[test]
fn unfinished_task_claims_no_result() {
    let mut scene = shop();
    let owner = scene.interaction_recorded(said("Open at 5!").data(json!({"heard_by": 7})));
    let closed = scene.task_closed(owner.task(), "dismissed", "");
    assert_eq!(closed.task().role, "desk");
    assert_eq!(
        closed.suggestion().title,
        "You said, we looked into it: tell Ada"
    );
}

#[test]
fn invisible_remark_is_reported_by_task() {
    let mut scene = shop();
    let owner = scene.interaction_recorded(said("No oat milk.").id("f1"));
    scene.days_pass(400);
    let closed = scene.task_closed(owner.task(), "done", "");
    assert!(closed.task().title.contains("Answer: “No oat milk.”"));
}

#[test]
fn tasks_of_others_are_left_alone() {
    let mut scene = shop();
    let mut task = scene.interaction_recorded(said("Hm.")).task().clone();
    for key in [None, Some("tell:x".to_owned()), Some("odd".to_owned())] {
        task.group_key = key;
        scene.task_closed(&task, "done", "").no_effects();
    }
}

#[test]
fn ignores_other_feedback() {
    let mut scene = shop();
    scene.interaction_recorded(past("feedback")).no_effects();
    scene.interaction_recorded(said("  \n ")).no_effects();
    scene
        .interaction_recorded(said("We hear you.").outbound())
        .no_effects();
}

#[test]
fn odd_data_does_not_panic() {
    for data in [
        json!(null),
        json!("text"),
        json!([]),
        json!({"heard_by": {}, "topic": 1}),
    ] {
        let run = shop().interaction_recorded(said(&"ä🙂 ".repeat(3000)).data(data));
        assert!(run.task().title.ends_with("…”"));
    }
    let nameless = Scene::<Overheard>::new().interaction_recorded(said("Hm."));
    assert!(nameless.task().body.starts_with("A customer said"));
}

#[test]
fn staff_write_down_what_they_heard() {
    let mut scene = shop();
    let input = json!({"remark": " The music is loud. ", "heard_by": "Anna", "topic": "music"});
    let run = scene.act("record", input);
    let answer: Value = run.output();
    assert_eq!(
        answer,
        json!({"recorded": true, "owner_answers_within_hours": 48})
    );
    let entry = run.entry();
    assert_eq!(
        (entry.kind.as_str(), entry.direction),
        ("feedback", Direction::Inbound)
    );
    assert_eq!(entry.body.as_deref(), Some("The music is loud."));
    assert_eq!(entry.data, r#"{"heard_by":"Anna","topic":"music"}"#);
    assert!(
        !run.has(EffectKind::Task),
        "the event that follows brings it to its owner"
    );

    let urgent = scene.act(
        "record",
        json!({"remark": "I feel sick", "heard_by": "Anna"}),
    );
    assert_eq!(urgent.output::<Value>()["owner_answers_within_hours"], 2);
    let blank = scene.act("record", json!({"remark": "   ", "heard_by": "Anna"}));
    assert_eq!(
        blank.failure(),
        &regulars_sdk::Failure::permanent("the remark is empty")
    );
}
