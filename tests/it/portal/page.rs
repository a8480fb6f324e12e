use regulars::model::*;
use regulars::store::PageRequest;
use serde_json::json;

use super::{Visit, bytes};

#[test]
fn page_shows_data_inferences_and_reasons() {
    let visit = Visit::new();
    let page = visit.get("");
    assert_eq!(page.status, 200, "{}", page.text);
    assert_eq!(page.content_type, "text/html; charset=utf-8");
    for told in [
        // Who they are, and where they are reached.
        "Hello, Ada Lovelace",
        "ada.lovelace@example.org",
        // What happened.
        "You were here",
        "We wrote to you",
        // What was sent, why, and what it rests on.
        "Well done",
        "Sent by email on 2 March 2026 at 10:00",
        "They were here.",
        "2 March 2026, visit",
        "It was good to see you.",
        // What the plugin remembers, by its title.
        "“Messenger” remembers",
        "message.sent",
        // What the levels mean under this policy.
        "2 messages in 30 days at the most",
        "1 message in 7 days at the most",
    ] {
        assert!(page.text.contains(told), "“{told}” is not in {}", page.text);
    }
    assert!(!page.text.contains("<script"), "{}", page.text);
}

#[test]
fn queued_messages_are_shown_with_their_time() {
    let visit = Visit::of("Ada", json!({ "subject": "Late", "topic": "yoga" }));
    let ben = visit.world().reachable("Ben", Level::Medium);
    let patch = CustomerPatch {
        topics: Some(["yoga".to_owned()].into()),
        ..CustomerPatch::default()
    };
    let host = &visit.world().host;
    host.update_customer(ben.id, &patch, None).unwrap();
    visit.world().go_to("2026-03-02T23:00:00Z".parse().unwrap());
    visit.world().record(ben.id, "visit");
    let page = super::path_of(&host.page_link(ben.id).unwrap().url);
    let page = visit.served.send("GET", &page, None, &[]).text;
    assert!(page.contains("Waiting to be sent"), "{page}");
    assert!(page.contains("Waits until 3 March 2026 at 08:00"), "{page}");
}

#[test]
fn queued_messages_displace_no_sent_ones() {
    let visit = Visit::new();
    let world = visit.world();
    world.messenger(
        "tips",
        json!({ "subject": "A tip", "body": "Drink water.", "topic": "yoga" }),
    );
    world.go_to("2026-03-02T23:00:00Z".parse().unwrap());
    world.record(visit.ada.id, "visit");
    let token = visit.page.strip_prefix("/my/").unwrap();
    let page = world.host.portal(token).unwrap().unwrap();
    // The newest one waits.
    let one = PageRequest::first(1);
    let shown = page.contents(one, one).unwrap();
    let subjects = |messages: &[Message]| -> Vec<String> {
        messages.iter().map(|it| it.subject.clone()).collect()
    };
    assert_eq!(subjects(&shown.waiting), ["A tip"]);
    assert_eq!(subjects(&shown.messages.items), ["Well done"]);
    assert_eq!(shown.messages.next, None);
}

#[test]
fn looking_changes_not_a_byte() {
    let visit = Visit::new();
    let unsubscribe = super::path_of(visit.post.taken()[0].unsubscribe.as_ref().unwrap());
    let before = bytes(visit.world().dir.path());
    for path in [
        "",
        "?done=level",
        "?history=zz&messages=1",
        "/contact.vcf",
        "/data.json",
        "/erase",
    ] {
        assert_eq!(visit.get(path).status, 200, "{path}");
    }
    for method in ["GET", "HEAD"] {
        let answer = visit
            .served
            .send(method, &unsubscribe, None, &[("authorization", "")]);
        assert_eq!(answer.status, 200);
    }
    // What only takes a POST is not done by looking at it either.
    for form in ["level", "pause", "topics", "channels", "consents"] {
        assert_eq!(
            visit.get(&format!("/{form}?level=low&for=week")).status,
            405,
            "{form}"
        );
    }
    assert!(before == bytes(visit.world().dir.path()), "a GET wrote");
}

#[test]
fn headers_forbid_embedding_and_foreign_content() {
    let visit = Visit::new();
    let token = visit.page.strip_prefix("/my/").unwrap().to_owned();
    let unknown = visit.served.send("GET", "/my/nothing", None, &[]);
    let unsubscribe = super::path_of(visit.post.taken()[0].unsubscribe.as_ref().unwrap());
    for answer in [
        visit.get(""),
        visit.get("/contact.vcf"),
        visit.get("/data.json"),
        visit.get("/erase"),
        visit.submit("level", "level=medium"),
        visit.submit("level", ""),
        visit.served.send("GET", &unsubscribe, None, &[]),
        unknown,
    ] {
        let header = |name: &str| answer.headers.get(name).map(|it| it.to_str().unwrap());
        let policy = header("content-security-policy").unwrap();
        for part in [
            "default-src 'none'",
            "style-src 'sha256-",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert_eq!(header("referrer-policy"), Some("no-referrer"));
        assert_eq!(header("cache-control"), Some("no-store"));
        assert_eq!(header("x-robots-tag"), Some("noindex, nofollow"));
        assert_eq!(header("x-content-type-options"), Some("nosniff"));
        assert_eq!(header("x-frame-options"), Some("DENY"));
        assert_eq!(header("set-cookie"), None);
        // Neither the page nor a redirection names the host: it works below any path of a proxy's.
        assert!(
            !answer.text.contains("crm.example.org/my"),
            "{}",
            answer.text
        );
        let place = header("location").unwrap_or("../");
        assert!(place.starts_with("../"), "{place} for {token}");
    }
}

#[test]
fn page_escapes_untrusted_text() {
    let hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;\u{202e}";
    let visit = Visit::of(
        hostile,
        json!({ "subject": hostile, "body": hostile, "topic": "yoga" }),
    );
    let world = visit.world();
    world.record_with(
        visit.ada.id,
        "feedback",
        Some(hostile),
        json!({ hostile: hostile, "list": [hostile], "deep": { "er": hostile } }),
    );
    let patch = CustomerPatch {
        topics: Some([hostile.chars().take(60).collect::<String>()].into()),
        tags: Some(["<b>bold</b>".to_owned()].into()),
        ..CustomerPatch::default()
    };
    world
        .host
        .update_customer(visit.ada.id, &patch, None)
        .unwrap();
    let point = ContactPoint {
        kind: ContactKind::External,
        value: hostile.to_owned(),
        label: Some("<i>card</i>".to_owned()),
    };
    world.host.add_contact_point(visit.ada.id, point).unwrap();
    let page = visit.get("");
    assert_eq!(page.status, 200);
    for tag in ["<script", "<img", "<b>", "<i>", "\u{202e}"] {
        assert!(!page.text.contains(tag), "{tag} got through: {}", page.text);
    }
    assert!(page.text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    // What comes back in a form that is to be put right is text as well.
    let typed = "more=%22%3E%3Cscript%3E".to_owned() + &"x".repeat(80);
    let again = visit.submit("topics", &typed);
    assert_eq!(again.status, 422);
    assert!(!again.text.contains("<script"), "{}", again.text);
    assert!(again.text.contains("&quot;&gt;&lt;script&gt;"));
    // And in an address book a name is a name: it adds no line of its own.
    let card = visit.get("/contact.vcf").text;
    for line in card.split("\r\n").filter(|line| !line.starts_with(' ')) {
        let name = line.split([':', ';']).next().unwrap();
        let name = name.split_once('.').map_or(name, |(_, name)| name);
        let known = [
            "PRODID",
            "KIND",
            "CATEGORIES",
            "X-EXTERNAL-ID",
            "X-ABLABEL",
            "BEGIN",
            "VERSION",
            "UID",
            "FN",
            "N",
            "EMAIL",
            "NOTE",
            "END",
            "",
        ];
        assert!(known.contains(&name), "{line}");
    }
}

#[test]
fn contact_card_is_a_vcard() {
    let visit = Visit::new();
    let patch = CustomerPatch {
        birthday: Some(Some("--02-29".parse().unwrap())),
        display_name: Some(Some(format!("Ada; King, Countess of {}", "ü".repeat(60)))),
        ..CustomerPatch::default()
    };
    let host = &visit.world().host;
    host.update_customer(visit.ada.id, &patch, None).unwrap();
    let answer = visit.get("/contact.vcf");
    assert_eq!(answer.content_type, "text/vcard; charset=utf-8");
    let disposition = answer.headers["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("attachment"), "{disposition}");
    for line in answer.text.split("\r\n") {
        assert!(line.len() <= 75, "{line} is not folded");
    }
    let unfolded = answer.text.replace("\r\n ", "");
    let lines: Vec<&str> = unfolded.split("\r\n").collect();
    assert_eq!(lines[..2], ["BEGIN:VCARD", "VERSION:4.0"]);
    assert_eq!(lines[lines.len() - 2..], ["END:VCARD", ""]);
    assert!(lines.contains(&"BDAY:--0229"), "{lines:?}");
    assert!(lines.contains(&"EMAIL:ada.lovelace@example.org"));
    let name = format!("FN:Ada\\; King\\, Countess of {}", "ü".repeat(60));
    assert!(lines.contains(&name.as_str()), "{lines:?}");
}

#[test]
fn long_history_comes_in_parts() {
    let visit = Visit::new();
    for index in 0..30 {
        let body = format!("remark {index:02}");
        visit
            .world()
            .record_with(visit.ada.id, "feedback", Some(&body), json!({}));
    }
    let first = visit.get("").text;
    assert!(first.contains("remark 29") && !first.contains("remark 05"));
    let link = first.split("?history=").nth(1).unwrap();
    let cursor = link.split(['#', '"']).next().unwrap();
    let second = visit.get(&format!("?history={cursor}")).text;
    assert!(second.contains("remark 05") && !second.contains("remark 29"));
}
