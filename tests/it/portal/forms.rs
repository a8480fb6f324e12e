use regulars::model::*;
use serde_json::json;

use super::Visit;

/// A visit with a second message that waits for the morning.
fn with_one_waiting() -> Visit {
    let visit = Visit::new();
    // What was said before is not said again: another plugin has something else to say.
    visit.world().messenger(
        "tips",
        json!({ "subject": "A tip", "body": "Drink water.", "topic": "yoga" }),
    );
    visit.world().go_to("2026-03-02T23:00:00Z".parse().unwrap());
    visit.world().record(visit.ada.id, "visit");
    assert_eq!(waiting(&visit), 1);
    visit
}

fn waiting(visit: &Visit) -> usize {
    let messages = visit.world().messages(visit.ada.id);
    let waiting = messages
        .iter()
        .filter(|it| it.state == MessageState::Queued);
    waiting.count()
}

#[test]
fn lowered_level_cancels_queued_messages() {
    let visit = with_one_waiting();
    let page = visit.save("level", "level=high");
    assert!(page.contains("That is how much you hear from us"), "{page}");
    assert_eq!(visit.customer().level, Level::High);
    assert_eq!(waiting(&visit), 1, "more is no reason to cancel");
    visit.save("level", "level=low");
    assert_eq!(visit.customer().level, Level::Low);
    assert_eq!(waiting(&visit), 0);
    // As it is already: nothing happens, and the page says so all the same.
    visit.save("level", "level=low");
    let levels: Vec<_> = visit
        .chosen()
        .iter()
        .map(|it| it["level"].clone())
        .collect();
    assert_eq!(
        levels,
        [
            json!({ "from": "medium", "to": "high" }),
            json!({ "from": "high", "to": "low" })
        ]
    );
}

#[test]
fn pause_starts_ends_and_cancels_queued_messages() {
    let visit = with_one_waiting();
    visit.save("pause", "for=month");
    assert_eq!(waiting(&visit), 0);
    let until = visit.preferences().paused_until.unwrap();
    // A month by the calendar where she is: across no clock change, at the same time of day.
    assert_eq!(until.to_string(), "2026-04-02T22:00:00Z");
    let page = visit.get("").text;
    assert!(page.contains("We are silent until"), "{page}");
    let page = visit.save("pause", "for=over");
    assert!(page.contains("The break is over"), "{page}");
    assert_eq!(visit.preferences().paused_until, None);

    // Until a day: from its first minute on in Berlin, where summer time has begun.
    visit.save("pause", "for=until&date=2026-05-12");
    let until = visit.preferences().paused_until.unwrap();
    assert_eq!(until.to_string(), "2026-05-11T22:00:00Z");
    for (wrong, why) in [
        ("for=until&date=", "Give the day"),
        ("for=until&date=soon", "Give the day"),
        ("for=until&date=2026-03-02", "after today"),
        ("for=until&date=2126-03-02", "five years"),
        ("for=ever", "Choose how long"),
        ("", "Choose how long"),
    ] {
        let answer = visit.submit("pause", wrong);
        assert_eq!(answer.status, 422, "{wrong}");
        assert!(answer.text.contains(why), "{wrong}: {}", answer.text);
        assert!(answer.text.contains("role=\"alert\""), "{wrong}");
    }
    assert_eq!(visit.preferences().paused_until, Some(until));
}

#[test]
fn topics_are_chosen_and_added() {
    let visit = Visit::new();
    visit.save("topics", "topic=yoga&more=climbing%2C+%C3%BCber+Wasser,,");
    let topics = visit.customer().topics;
    assert_eq!(
        topics,
        ["climbing", "yoga", "über Wasser"]
            .map(str::to_owned)
            .into()
    );
    // What was there stays on offer, where something was written about it.
    let page = visit.save("topics", "topic=climbing");
    assert_eq!(visit.customer().topics, ["climbing".to_owned()].into());
    assert!(
        page.contains("value=\"yoga\">") && page.contains("value=\"climbing\" checked"),
        "{page}"
    );
    let long = format!("more={}", "x".repeat(65));
    let answer = visit.submit("topics", &long);
    assert_eq!(answer.status, 422);
    assert!(
        answer.text.contains("href=\"#topic-more\""),
        "{}",
        answer.text
    );
    assert_eq!(visit.customer().topics, ["climbing".to_owned()].into());
}

#[test]
fn channels_are_chosen_among_those_that_there_are() {
    let visit = Visit::new();
    visit.save("channels", "channel=desk&channel=carrier-pigeon");
    assert_eq!(
        visit.preferences().channels,
        Some(["desk".to_owned()].into())
    );
    visit.save("channels", "");
    assert_eq!(visit.preferences().channels, Some([].into()));
    // All of them means any.
    visit.save("channels", "channel=email&channel=desk");
    assert_eq!(visit.preferences().channels, None);
}

#[test]
fn consents_are_given_and_withdrawn_and_said_once() {
    let visit = Visit::new();
    let host = &visit.world().host;
    let said = || {
        let page = regulars::store::PageRequest::first(100);
        let all = host.consents(visit.ada.id, page).unwrap().items;
        let own: Vec<_> = all
            .into_iter()
            .filter(|it| it.source == "own-page")
            .collect();
        own.into_iter()
            .rev()
            .map(|it| (it.kind, it.purpose, it.state))
            .collect::<Vec<_>>()
    };
    let all_but_offers =
        "kind=email&email=service&email=care&email=education&email=community&email=survey";
    visit.save("consents", all_but_offers);
    let withdrawn = (ContactKind::Email, Purpose::Offer, ConsentState::Withdrawn);
    assert_eq!(said(), [withdrawn]);
    // Saved again: nothing is said twice.
    visit.save("consents", all_but_offers);
    assert_eq!(said(), [withdrawn]);
    // A kind that was not on the page was not decided about.
    visit.save("consents", "email=offer&tel=offer");
    assert_eq!(said(), [withdrawn]);
    visit.save("consents", &format!("{all_but_offers}&email=offer"));
    let given = (ContactKind::Email, Purpose::Offer, ConsentState::Given);
    assert_eq!(said(), [withdrawn, given]);
}

#[test]
fn rejects_malformed_form() {
    let visit = Visit::new();
    let path = format!("{}/level", visit.page);
    let json = visit
        .served
        .send("POST", &path, Some("{\"level\":\"low\"}"), &[]);
    assert_eq!(json.status, 415);
    assert_eq!(json.content_type, "text/html; charset=utf-8");
    let large = format!("level=low&x={}", "x".repeat(70_000));
    assert_eq!(visit.submit("level", &large).status, 413);
    assert_eq!(visit.submit("level", "level=highest").status, 422);
    assert_eq!(visit.submit("everything", "").status, 404);
    assert_eq!(visit.customer(), visit.ada);
}
