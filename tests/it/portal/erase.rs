use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use regulars::Error;
use regulars::host::{Closed, WhatIf};
use regulars::model::*;
use regulars::store::PageRequest;
use regulars_server::Limits;
use serde_json::json;
use tower::ServiceExt;

use super::{Visit, path_of, submit};

#[test]
fn export_is_one_file() {
    let visit = Visit::new();
    visit.world().record_with(
        visit.ada.id,
        "feedback",
        Some("The pool is cold."),
        json!({}),
    );
    let ben = visit.world().reachable("Ben", Level::Medium);
    let answer = visit.get("/data.json");
    assert_eq!(
        (answer.status, &*answer.content_type),
        (200, "application/json")
    );
    let disposition = answer.headers["content-disposition"].to_str().unwrap();
    assert_eq!(disposition, "attachment; filename=\"my-data.json\"");
    assert_eq!(answer.json()["customer"]["id"], json!(visit.ada.id));
    assert!(answer.text.contains("The pool is cold."), "{}", answer.text);
    assert!(
        !answer.text.contains(&ben.id.to_string()),
        "{}",
        answer.text
    );
}

#[test]
fn concurrent_downloads_are_limited_per_page() {
    let visit = Visit::new();
    let ben = visit.world().reachable("Ben", Level::Medium);
    let bens = path_of(&visit.world().host.page_link(ben.id).unwrap().url);
    let mut limits = Limits::default();
    limits.max_downloads = 2;
    let router = regulars_server::router_with(&visit.world().host, limits);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // Nobody reads what is answered: it is under way until it is dropped.
    let ask = |page: &str, file: &str| -> Response {
        let request = Request::get(format!("{page}{file}"));
        let request = request.body(Body::empty()).unwrap();
        runtime
            .block_on(router.clone().oneshot(request))
            .unwrap_or_else(|never| match never {})
    };
    let first = ask(&visit.page, "/data.json");
    let second = ask(&visit.page, "/data.json");
    assert_eq!(first.status(), 200);
    assert_eq!(second.status(), 200);
    let third = ask(&visit.page, "/data.json");
    assert_eq!(third.status(), 429);
    assert_eq!(third.headers()["content-type"], "text/html; charset=utf-8");
    assert!(third.headers().contains_key("retry-after"));
    // Only downloads of everything are counted, and each customer's by themselves.
    assert_eq!(ask(&visit.page, "").status(), 200);
    assert_eq!(ask(&visit.page, "/contact.vcf").status(), 200);
    assert_eq!(ask(&bens, "/data.json").status(), 200);
    drop(first);
    assert_eq!(ask(&visit.page, "/data.json").status(), 200);
}

#[test]
fn erasure_takes_two_steps_and_is_confirmed() {
    let visit = Visit::new();
    let unsubscribe = path_of(visit.post.taken()[0].unsubscribe.as_ref().unwrap());
    let asked = visit.get("/erase");
    assert_eq!(asked.status, 200);
    assert!(
        asked.text.contains("This cannot be undone"),
        "{}",
        asked.text
    );
    for unsure in ["", "sure=", "sure=no"] {
        let answer = visit.submit("erase", unsure);
        assert_eq!(answer.status, 422, "{unsure}");
        assert!(answer.text.contains("href=\"#sure\""), "{}", answer.text);
    }
    assert_eq!(visit.customer(), visit.ada);

    let done = visit.submit("erase", "sure=yes");
    assert_eq!(done.status, 303, "{}", done.text);
    let host = &visit.world().host;
    assert!(host.customer(visit.ada.id).is_err());
    for path in ["", "?done=erase", "/erase", "/data.json", "/contact.vcf"] {
        let page = visit.get(path);
        assert_eq!(page.status, 410, "{path}");
        assert!(
            page.text.contains("Everything about you is erased"),
            "{path}: {}",
            page.text
        );
        assert!(!page.text.contains("Ada"), "{}", page.text);
    }
    assert_eq!(visit.submit("level", "level=high").status, 410);
    assert_eq!(visit.submit("erase", "sure=yes").status, 410);
    // Mail lies in mailboxes for long: one click on it is still answered well.
    assert_eq!(
        submit(&visit.served, &unsubscribe, "List-Unsubscribe=One-Click").status,
        200
    );
    // It was she who asked for it.
    let acts = host.audit(PageRequest::first(10)).unwrap().items;
    let erased = acts
        .iter()
        .find(|entry| entry.act == Act::CustomerDeleted)
        .unwrap();
    assert_eq!(erased.actor, Actor::Customer { id: visit.ada.id });
    assert_eq!(erased.details, json!({ "source": "own-page" }));
}

#[test]
fn open_page_of_an_erased_customer_says_erased() {
    let visit = Visit::new();
    let host = &visit.world().host;
    let token = visit.page.strip_prefix("/my/").unwrap();
    let page = host.portal(token).unwrap().unwrap();
    host.erase_customer(visit.ada.id, "staff").unwrap();
    let first = PageRequest::first(20);
    let what = WhatIf {
        message: MessageProposal {
            purpose: Purpose::Care,
            topic: None,
            subject: "Well done".to_owned(),
            body: "It was good to see you.".to_owned(),
            channels: vec!["email".to_owned()],
            value: "They are seen.".to_owned(),
            because: Because {
                reason: "They were here.".to_owned(),
                evidence: Vec::new(),
            },
            not_before: None,
            expires: None,
            dedupe_key: "once".to_owned(),
        },
        at: host.now(),
        cause_at: None,
    };
    for error in [
        page.contents(first, first).unwrap_err(),
        page.set_consents(&[ContactKind::Email].into(), &[].into())
            .unwrap_err(),
        page.now().unwrap_err(),
        host.what_if(visit.ada.id, &what).unwrap_err(),
    ] {
        assert!(matches!(error, Error::Erased { .. }), "{error:?}");
    }
    let opened = host.portal(token).unwrap();
    assert_eq!(opened.unwrap_err(), Closed::Erased);
}
