//! Five plugins want to write to one customer today.

use regulars::clock::ManualClock;
use regulars::model::*;
use regulars::store::PageRequest;
use serde_json::json;

use super::super::postbox::Postbox;
use crate::outreach::MORNING;
use crate::program::Program;
use crate::world::{World, at, builder};

#[test]
fn one_of_five_messages_arrives_and_explain_covers_the_others() {
    let postbox = Postbox::open();
    let dir = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(at(MORNING));
    let builder = builder(dir.path(), &clock).channels(postbox.channels());
    let host = builder
        .public_url("https://crm.example.org")
        .build()
        .unwrap();
    let world = World { host, clock, dir };
    let letter = |purpose: &str, subject: &str| json!({ "purpose": purpose, "subject": subject, "body": subject });
    let offers = world.messenger_with("offers", letter("offer", "Ten percent off"), 99, false);
    let surveys = world.messenger("surveys", letter("survey", "How was it?"));
    let knee = world.messenger_with("knee", letter("care", "Your knee"), 5, false);
    let shoulder = world.messenger("shoulder", letter("care", "Your shoulder"));
    let news = world.messenger("news", letter("education", "Three exercises"));
    let ada = world.reachable("Ada", Level::High).id;
    world.record(ada, "visit");

    assert_eq!(postbox.only().header("subject").unwrap(), "Your knee");
    assert_eq!(world.last_decision(&knee).outcome, VerdictOutcome::Allow);
    for other in [&offers, &surveys, &shoulder, &news] {
        let decision = world.last_decision(other);
        let told = decision.verdicts.iter().any(|verdict| {
            verdict.outcome != VerdictOutcome::Allow && verdict.detail.contains("goes first")
        });
        assert!(
            told,
            "{} is not told who goes first: {decision:?}",
            other.id
        );
    }
    let story = world.host.explain(ada, PageRequest::first(10)).unwrap();
    let told = serde_json::to_string(&story.items).unwrap();
    let World { host, dir, .. } = world;
    host.stop();
    drop(host);
    let program = Program { dir };
    let shown = program.run(&["explain", "ada@example.org"]).ok().out;
    for subject in [
        "Ten percent off",
        "How was it?",
        "Your shoulder",
        "Three exercises",
    ] {
        assert!(told.contains(subject), "{subject} is not explained");
        assert!(
            shown.contains(subject),
            "{subject} is not explained: {shown}"
        );
    }
    assert!(shown.contains("goes first"), "{shown}");
}
