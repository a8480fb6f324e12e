//! In headless Chromium, which `tests/browser/drive.mjs` drives: what only a browser can tell.

use std::path::PathBuf;
use std::process::Command;

use regulars::model::*;
use serde_json::{Value, json};

use super::Visit;
use crate::world::target_dir;

/// The findings of a browser on one page.
struct Seen {
    steps: Vec<Value>,
    loaded: Vec<String>,
}

/// Settings of the browser.
#[derive(Clone, Copy, Default)]
struct Set {
    script: bool,
    wide: bool,
    dark: bool,
    forced: bool,
}

fn browse(set: Set, downloads: &std::path::Path, steps: &[Value]) -> Seen {
    let tools = std::path::absolute(target_dir().join("tools/browser")).unwrap();
    let named = std::fs::read_to_string(tools.join("browser.txt"));
    let named = named.unwrap_or_else(|error| {
        panic!("{error}: `cargo xtask test browser` installs what drives one")
    });
    let plan = json!({
        "script": set.script, "dark": set.dark, "forced": set.forced,
        "width": if set.wide { 1280 } else { 360 }, "steps": steps, "downloads": downloads,
    });
    let driver = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("browser/drive.mjs");
    let output = Command::new("node")
        .arg(driver)
        .arg(&tools)
        .arg(plan.to_string())
        .env("REGULARS_BROWSER", named.trim())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let told: Value = serde_json::from_str(&said).unwrap_or_else(|error| {
        panic!("{error}: {said}{}", String::from_utf8_lossy(&output.stderr))
    });
    let list = |name: &str| told[name].as_array().unwrap().clone();
    let seen = Seen {
        steps: list("seen"),
        loaded: list("loaded")
            .iter()
            .map(|it| it.as_str().unwrap().to_owned())
            .collect(),
    };
    for step in &seen.steps {
        assert!(step.get("failed").is_none(), "{step:#}");
        assert!(step.get("console").is_none(), "the page complained: {step}");
    }
    assert_eq!(seen.steps.len(), steps.len());
    seen
}

impl Visit {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.served.address)
    }

    /// Without a script, on a phone.
    fn walk(&self, steps: &[Value]) -> Seen {
        let first = json!({ "do": "open", "url": self.url(&self.page) });
        let steps: Vec<Value> = [first].iter().chain(steps).cloned().collect();
        let dir = self.world().dir.path().join("downloads");
        let seen = browse(Set::default(), &dir, &steps);
        // Nothing but pages: no style, image, font or script from anywhere.
        assert!(
            seen.loaded.iter().all(|kind| kind == "document"),
            "{:?}",
            seen.loaded
        );
        seen
    }
}

/// Somebody about whom there is much to tell, at the hand of whom the page can be judged.
fn full() -> Visit {
    let visit = Visit::of(
        "Ada",
        json!({ "subject": "Your tenth visit", "topic": "yoga", "body": "Ten visits since January: that is a habit.\nShall we look at your goals together?" }),
    );
    let world = visit.world();
    world.messenger(
        "tips",
        json!({ "subject": "Stretching after rowing", "topic": "rowing" }),
    );
    world.install("overheard");
    let patch = CustomerPatch {
        tags: Some(["early bird", "rows"].map(str::to_owned).into()),
        topics: Some(["rowing", "yoga"].map(str::to_owned).into()),
        birthday: Some(Some("1990-12-10".parse().unwrap())),
        ..CustomerPatch::default()
    };
    world
        .host
        .update_customer(visit.ada.id, &patch, None)
        .unwrap();
    for (kind, value, label) in [
        (ContactKind::Tel, "+49 30 1234567", Some("home")),
        (ContactKind::External, "4711", Some("membership-card")),
    ] {
        let point = ContactPoint {
            kind,
            value: value.to_owned(),
            label: label.map(str::to_owned),
        };
        world.host.add_contact_point(visit.ada.id, point).unwrap();
    }
    world.record_with(
        visit.ada.id,
        "purchase",
        None,
        json!({ "total": "12.40 EUR", "items": ["water", "towel"] }),
    );
    world.record_with(
        visit.ada.id,
        "feedback",
        Some("The showers on the left are cold again, I nearly went elsewhere."),
        json!({}),
    );
    world.go_to("2026-03-02T23:00:00Z".parse().unwrap());
    world.record(visit.ada.id, "visit");
    visit
}

fn text(step: &Value) -> &str {
    step["text"].as_str().unwrap()
}

#[test]
fn browser_without_scripts_lowers_the_level_and_takes_a_break() {
    let visit = Visit::new();
    let seen = visit.walk(&[
        json!({ "do": "choose", "label": "Only what I need" }),
        json!({ "do": "press", "button": "Save how much" }),
        json!({ "do": "read" }),
        json!({ "do": "choose", "label": "Until the day below" }),
        json!({ "do": "press", "button": "Take a break" }),
        json!({ "do": "read" }),
        json!({ "do": "type", "label": "Day on which we may write again", "text": "2026-05-12" }),
        json!({ "do": "press", "button": "Take a break" }),
        json!({ "do": "read" }),
    ]);
    assert_eq!(visit.customer().level, Level::Low);
    let until = visit.preferences().paused_until.unwrap();
    assert_eq!(until.to_string(), "2026-05-11T22:00:00Z");
    assert_eq!(
        seen.steps[3]["status"],
        json!(["Saved. That is how much you hear from us from now on."])
    );
    // Sent without a day: it says so at the top and beside the field, and keeps what was chosen.
    assert_eq!(seen.steps[5]["status"], 422);
    assert!(
        seen.steps[6]["alert"][0]
            .as_str()
            .unwrap()
            .contains("Give the day"),
        "{}",
        seen.steps[6]
    );
    assert!(
        text(&seen.steps[9]).contains("We are silent until 12 May 2026 at 00:00"),
        "{}",
        seen.steps[9]
    );
}

#[test]
fn browser_without_scripts_chooses_consents_topics_and_ways() {
    let visit = full();
    visit.walk(&[
        json!({ "do": "untick", "label": "rowing" }),
        json!({ "do": "type", "label": "Add a topic", "text": "climbing" }),
        json!({ "do": "press", "button": "Save topics" }),
        json!({ "do": "untick", "label": "In person, the next time you are here" }),
        json!({ "do": "press", "button": "Save ways" }),
    ]);
    assert_eq!(
        visit.customer().topics,
        ["climbing", "yoga"].map(str::to_owned).into()
    );
    assert_eq!(
        visit.preferences().channels,
        Some(["email".to_owned()].into())
    );
}

#[test]
fn browser_without_scripts_unsubscribes_and_downloads() {
    let visit = Visit::new();
    let unsubscribe = super::path_of(visit.post.taken()[0].unsubscribe.as_ref().unwrap());
    let seen = visit.walk(&[
        json!({ "do": "download", "link": "Download contact card" }),
        json!({ "do": "open", "url": visit.url(&unsubscribe) }),
        json!({ "do": "press", "button": "Unsubscribe" }),
        json!({ "do": "read" }),
    ]);
    let card = std::fs::read_to_string(seen.steps[1]["file"].as_str().unwrap()).unwrap();
    assert!(card.starts_with("BEGIN:VCARD\r\nVERSION:4.0\r\n"), "{card}");
    assert!(
        text(&seen.steps[4]).contains("You are unsubscribed"),
        "{}",
        seen.steps[4]
    );
    let states = visit.chosen();
    assert_eq!(states, [json!({ "unsubscribed": "email" })]);
}

#[test]
fn page_is_accessible_in_a_browser() {
    let visit = full();
    let shots = std::path::absolute(target_dir().join("screenshots")).unwrap();
    let unsubscribe = super::path_of(visit.post.taken()[0].unsubscribe.as_ref().unwrap());
    let pages = [
        ("page", visit.page.clone()),
        ("saved", format!("{}?done=level", visit.page)),
        ("unsubscribe", unsubscribe),
        ("erase", format!("{}/erase", visit.page)),
        ("unknown", "/my/unknown".to_owned()),
    ];
    for (wide, dark, forced) in [
        (false, false, false),
        (false, true, false),
        (true, false, false),
        (true, true, false),
        (false, false, true),
    ] {
        let mut steps = Vec::new();
        for (name, path) in &pages {
            let width = if wide { 1280 } else { 360 };
            let mode = match (dark, forced) {
                (_, true) => "forced",
                (true, _) => "dark",
                _ => "light",
            };
            let file = shots.join(format!("own-page-{name}-{width}-{mode}.png"));
            steps.push(json!({ "do": "open", "url": visit.url(path) }));
            steps.push(json!({ "do": "photograph", "file": file }));
            steps.push(json!({ "do": "measure" }));
            steps.push(json!({ "do": "check" }));
        }
        // A form that is to be put right, with the messages beside its fields.
        steps.push(json!({ "do": "open", "url": visit.url(&visit.page) }));
        steps.push(json!({ "do": "choose", "label": "Until the day below" }));
        steps.push(json!({ "do": "press", "button": "Take a break" }));
        steps.push(json!({ "do": "measure" }));
        steps.push(json!({ "do": "check" }));
        let set = Set {
            script: true,
            wide,
            dark,
            forced,
        };
        let seen = browse(set, visit.world().dir.path(), &steps);
        for step in &seen.steps {
            match step["do"].as_str().unwrap() {
                "check" => {
                    assert_eq!(step["violations"], json!([]), "{step:#}");
                    assert!(
                        step["passes"].as_u64().unwrap() > 10,
                        "axe looked at nothing"
                    );
                }
                "measure" => {
                    assert_eq!(step["wider"], 0, "it is cut off at the side");
                    assert_eq!(step["small"], json!([]), "too small to be hit");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn in_a_browser_the_keyboard_is_enough() {
    let visit = Visit::new();
    let steps = [
        json!({ "do": "open", "url": visit.url(&visit.page) }),
        json!({ "do": "tab", "times": 14 }),
    ];
    let set = Set {
        script: true,
        ..Set::default()
    };
    let seen = browse(set, visit.world().dir.path(), &steps);
    let stops = seen.steps[1]["stops"].as_array().unwrap();
    assert_eq!(stops[0]["label"], "Skip to the content");
    for stop in stops {
        assert_eq!(
            stop["outline"], true,
            "one does not see where one is: {stop}"
        );
        assert_ne!(stop["tag"], "body", "the tabulator got lost: {stops:?}");
    }
    let labels: Vec<&str> = stops
        .iter()
        .map(|it| it["label"].as_str().unwrap())
        .collect();
    assert!(
        labels.iter().any(|label| label.starts_with("Now and then")),
        "{labels:?}"
    );
    assert!(labels.contains(&"Save how much"), "{labels:?}");
}

#[test]
fn browser_without_scripts_takes_everything_along_and_erases() {
    let visit = Visit::new();
    let seen = visit.walk(&[
        json!({ "do": "download", "link": "Download everything" }),
        json!({ "do": "follow", "link": "Erase everything about me …" }),
        json!({ "do": "press", "button": "Erase for good" }),
        json!({ "do": "read" }),
        json!({ "do": "choose", "label": "Yes, erase everything about me" }),
        json!({ "do": "press", "button": "Erase for good" }),
        json!({ "do": "read" }),
    ]);
    let all = std::fs::read_to_string(seen.steps[1]["file"].as_str().unwrap()).unwrap();
    let all: Value = serde_json::from_str(&all).unwrap();
    assert_eq!(all["customer"]["id"], json!(visit.ada.id));
    assert_eq!(seen.steps[3]["status"], 422);
    let alert = seen.steps[4]["alert"][0].as_str().unwrap();
    assert!(alert.contains("Tick the box"), "{alert}");
    assert_eq!(seen.steps[6]["status"], 410);
    assert!(text(&seen.steps[7]).contains("Everything about you is erased"));
    assert!(visit.world().host.customer(visit.ada.id).is_err());
}
