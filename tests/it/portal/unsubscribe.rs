use regulars::model::*;
use serde_json::json;

use super::{Visit, path_of, submit};
use crate::served::Answer;

const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

/// The path in the message's header `List-Unsubscribe`.
fn link(visit: &Visit) -> String {
    path_of(visit.post.taken()[0].unsubscribe.as_ref().unwrap())
}

fn suppressed(visit: &Visit) -> Option<SuppressionReason> {
    let point = ContactPoint::new(ContactKind::Email, "ada.lovelace@example.org");
    let found = visit.world().host.suppression(&point).unwrap();
    found.map(|it| it.reason)
}

#[test]
fn one_click_accepts_its_exact_post_alone() {
    let visit = Visit::new();
    let link = link(&visit);
    // Mailboxes and scanners look at it first.
    let looked = visit
        .served
        .send("GET", &link, None, &[("authorization", "")]);
    assert_eq!(looked.status, 200);
    assert!(looked.text.contains("<form"), "{}", looked.text);
    assert_eq!(suppressed(&visit), None);
    for wrong in ["", "List-Unsubscribe=", "list-unsubscribe=One-Click", "x=y"] {
        assert_eq!(submit(&visit.served, &link, wrong).status, 400, "{wrong}");
    }
    assert_eq!(suppressed(&visit), None);
    let answer = submit(&visit.served, &link, ONE_CLICK);
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.headers.get("location").is_none() && answer.headers.get("set-cookie").is_none());
    assert_eq!(suppressed(&visit), Some(SuppressionReason::Unsubscribed));
    assert_eq!(visit.chosen(), [json!({ "unsubscribed": "email" })]);
    // Again: as it is, and said the same way.
    assert_eq!(submit(&visit.served, &link, ONE_CLICK).status, 200);
    assert_eq!(visit.chosen().len(), 1);
    let page = visit.get("").text;
    assert!(
        page.contains("We send nothing here any more: you unsubscribed"),
        "{page}"
    );
}

#[test]
fn one_click_accepts_multipart() {
    let visit = Visit::new();
    let body = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    let kind = ("content-type", "multipart/form-data; boundary=b");
    let send = |body: &str| -> Answer {
        let headers = [kind, ("authorization", "")];
        visit
            .served
            .send("POST", &link(&visit), Some(body), &headers)
    };
    assert_eq!(send("--b\r\nnonsense").status, 415);
    assert_eq!(suppressed(&visit), None);
    assert_eq!(send(body).status, 200);
    assert_eq!(suppressed(&visit), Some(SuppressionReason::Unsubscribed));
}

#[test]
fn one_click_cancels_queued_and_later_messages() {
    let visit = Visit::new();
    visit.world().messenger(
        "tips",
        json!({ "subject": "A tip", "body": "Drink water." }),
    );
    visit.world().go_to("2026-03-02T23:00:00Z".parse().unwrap());
    visit.world().record(visit.ada.id, "visit");
    assert!(
        visit
            .world()
            .messages(visit.ada.id)
            .iter()
            .any(|it| it.state == MessageState::Queued)
    );
    submit(&visit.served, &link(&visit), ONE_CLICK);
    let states: Vec<_> = visit
        .world()
        .messages(visit.ada.id)
        .iter()
        .map(|it| it.state)
        .collect();
    assert_eq!(states, [MessageState::Cancelled, MessageState::Sent]);
    visit.world().go_to("2026-05-03T09:00:00Z".parse().unwrap());
    visit.world().record(visit.ada.id, "visit");
    assert_eq!(visit.post.taken().len(), 1);
}

#[test]
fn one_click_works_without_channel_and_customer() {
    let visit = Visit::new();
    let link = link(&visit);
    let host = &visit.world().host;
    let ben = visit.world().reachable("Ben", Level::High).id;
    let shared = host.contact_points(visit.ada.id).unwrap().remove(0);
    host.add_contact_point(ben, shared).unwrap();
    // Her brother still has the address: it is not suppressed.
    host.erase_customer(visit.ada.id, "staff").unwrap();
    assert_eq!(suppressed(&visit), None);
    let answer = submit(&visit.served, &link, ONE_CLICK);
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(suppressed(&visit), Some(SuppressionReason::Unsubscribed));
}

#[test]
fn one_click_works_without_contact_point_until_it_expires() {
    let visit = Visit::new();
    let link = link(&visit);
    let point = ContactPoint::new(ContactKind::Email, "ada.lovelace@example.org");
    let host = &visit.world().host;
    host.remove_contact_point(visit.ada.id, point.clone())
        .unwrap();
    assert_eq!(submit(&visit.served, &link, ONE_CLICK).status, 200);
    // Should they have it again, nothing goes there.
    assert_eq!(suppressed(&visit), Some(SuppressionReason::Unsubscribed));
    assert_eq!(visit.chosen(), [json!({ "unsubscribed": "email" })]);
    visit
        .world()
        .clock
        .advance(jiff::SignedDuration::from_hours(24 * 401));
    assert_eq!(submit(&visit.served, &link, ONE_CLICK).status, 410);
}
