use std::os::unix::fs::PermissionsExt;

use jiff::SignedDuration;
use regulars_server::{Limits, Rate};
use serde_json::{Value, json};

use super::{Visit, path_of, submit};
use crate::program::Program;
use crate::served::Served;
use crate::world::World;

#[test]
fn link_works_for_ninety_days() {
    let visit = Visit::new();
    visit
        .world()
        .clock
        .advance(SignedDuration::from_hours(24 * 90));
    assert_eq!(visit.get("").status, 200);
    visit.world().clock.advance(SignedDuration::from_secs(1));
    let over = visit.get("");
    assert_eq!(over.status, 410);
    assert!(over.text.contains("You get a new link"), "{}", over.text);
    assert!(!over.text.contains("Ada"), "{}", over.text);
    assert_eq!(visit.submit("level", "level=high").status, 410);
    assert_eq!(visit.customer().level, visit.ada.level);
}

#[test]
fn invalid_links_reveal_nothing() {
    let visit = Visit::new();
    let token = visit.page.strip_prefix("/my/").unwrap();
    let mut bent = token.to_owned();
    let last = if bent.pop() == Some('A') { 'B' } else { 'A' };
    bent.push(last);
    let unsubscribe = path_of(visit.post.taken()[0].unsubscribe.as_ref().unwrap());
    let unsubscribe = unsubscribe.strip_suffix("/unsubscribe").unwrap();
    let asked = |path: &str| {
        let answer = visit
            .served
            .send("GET", path, None, &[("authorization", "")]);
        (answer.status, answer.text)
    };
    let (status, text) = asked("/my/x");
    assert_eq!(status, 404);
    for path in [
        format!("/my/{bent}"),
        format!("/my/{}", token.to_uppercase()),
        unsubscribe.to_owned(),
    ] {
        assert_eq!(asked(&path), (404, text.clone()), "{path}");
    }
    // Nor does a page's token unsubscribe anybody, or an unsubscribe token change anything else.
    let one_click = "List-Unsubscribe=One-Click";
    assert_eq!(
        submit(
            &visit.served,
            &format!("{}/unsubscribe", visit.page),
            one_click
        )
        .status,
        404
    );
    assert_eq!(
        submit(&visit.served, &format!("{unsubscribe}/level"), "level=high").status,
        404
    );
    assert_eq!(visit.customer().level, visit.ada.level);
}

#[test]
fn staff_get_a_link_with_a_code_to_print() {
    let visit = Visit::new();
    let path = format!("/v1/customers/{}/page-link", visit.ada.id);
    let made = visit.served.get(&path);
    assert_eq!(made.status, 200, "{}", made.text);
    let made = made.json();
    assert_eq!(made["expires_at"], "2026-05-31T09:00:00Z");
    assert!(made["qr_svg"].as_str().unwrap().contains("<svg"), "{made}");
    let page = path_of(made["url"].as_str().unwrap());
    assert_eq!(visit.served.send("GET", &page, None, &[]).status, 200);

    // A host that does not know where it is on the web makes none, and says what would change that.
    let served = Served::new(World::new());
    let ben = served.world.customer("Ben").id;
    let refused = served.get(&format!("/v1/customers/{ben}/page-link"));
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains("--public-url"), "{}", refused.text);
}

#[test]
fn guesses_are_slowed_down_and_a_page_has_a_pace() {
    let mut limits = Limits::default();
    let rate = |burst| {
        Some(Rate {
            per_second: 1,
            burst,
        })
    };
    (limits.failed_rate, limits.page_rate) = (rate(2), rate(3));
    let Visit { served, page, .. } = Visit::with("Ada", json!({}), limits);
    let status = |path: &str| {
        let answer = served.send("GET", path, None, &[("authorization", "")]);
        let waits = answer.headers.get("retry-after").is_some();
        assert_eq!(waits, answer.status == 429);
        answer.status
    };
    assert_eq!(
        [status("/my/a"), status("/my/b"), status("/my/c")],
        [404, 404, 429]
    );
    // Whoever has a link is not kept out by another's guesses.
    assert_eq!([0; 4].map(|_| status(&page)), [200, 200, 200, 429]);
}

#[test]
fn program_prints_a_link_and_a_code() {
    let program = Program::new();
    program.file("ada.csv", "name,email\nAda,ada@example.org\n");
    program.run(&["import", "customers", "ada.csv"]).ok();
    let refused = program.run(&["customer", "link", "Ada"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("--public-url"), "{}", refused.err);
    let refused = program.run(&["customer", "link", "Ada", "--public-url", "crm.example.org"]);
    assert!(refused.err.contains("public_url"), "{}", refused.err);

    let url = ["--public-url", "https://crm.example.org/"];
    let link = ["customer", "link", "Ada", "--qr", "--svg", "ada.svg"];
    let said = program.run(&[&link[..], &url].concat()).ok();
    let last = said.out.lines().last().unwrap();
    assert!(
        last.starts_with("https://crm.example.org/my/"),
        "{}",
        said.out
    );
    assert!(said.out.contains('█'), "{}", said.out);
    let file = program.dir.path().join("ada.svg");
    let svg = std::fs::read_to_string(&file).unwrap();
    assert!(svg.contains("<svg"), "{svg}");
    // Whoever reads the code can open the page.
    let mode = file.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let said = program
        .run(&[&["--json", "customer", "link", "Ada"][..], &url].concat())
        .ok();
    let link: Value = said.json();
    assert!(
        link["expires_at"].is_string() && link["url"] != json!(null),
        "{link}"
    );
}
