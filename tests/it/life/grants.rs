//! Grants of another version: the granted asks that it still has, and none that were refused.

use std::collections::BTreeSet;

use proptest::prelude::*;
use regulars::Error;
use regulars::host::{InstallRequest, RollbackRequest, UpgradeRequest};
use regulars::model::*;
use regulars_manifest::Manifest;
use serde_json::{Value, json};

use super::secrets::guest;
use super::terminal::Asked;
use super::{back, first, keeper, next, remembered};
use crate::hostile::guest::wat_with;
use crate::program::Program;
use crate::served::Served;
use crate::world::{World, builder, component, long};

/// A window that is asked for.
fn ask(kinds: &[&str], days: u32, limit: u32) -> Value {
    json!({ "kinds": kinds, "days": days, "limit": limit, "because": "to see it" })
}

/// A plugin that asks for this history.
fn manifest(version: &str, history: &[Value]) -> Value {
    let kinds: Vec<&Value> = history
        .iter()
        .flat_map(|it| it["kinds"].as_array())
        .flatten()
        .collect();
    json!({
        "name": "wat", "version": version, "title": "Wat", "summary": "Looks back.",
        "reads": { "history": history },
        "subscribes": [{ "event": "interaction.recorded", "kinds": kinds }],
    })
}

fn wat(version: &str, history: &[Value]) -> Vec<u8> {
    wat_with("manifest", &manifest(version, history).to_string())
}

fn id() -> InstallationId {
    "wat".parse().unwrap()
}

fn window(kinds: &[&str], days: u32, limit: u32) -> HistoryGrant {
    HistoryGrant {
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        days,
        limit,
    }
}

#[test]
fn narrower_asks_narrow_the_grant() {
    let world = World::new();
    world.host.install(first()).unwrap();
    world.host.upgrade(&keeper(), next()).unwrap();
    let mut older = UpgradeRequest::new(component("keeper"), "keeper.wasm");
    older.accept_wider = true;
    let installed = world.host.upgrade(&keeper(), older).unwrap();
    assert_eq!(installed.grants.history, [window(&["visit"], 90, 1000)]);
    let ada = world.customer("Ada Lovelace").id;
    world.record(ada, "visit");
    assert_eq!(remembered(&world, Some(ada)), json!({ "visits": 1 }));

    let world = World::new();
    let install = |days: u32, replace: bool| {
        let wasm = wat(&format!("1.0.{days}"), &[ask(&["visit"], days, 1000)]);
        let mut request = InstallRequest::new(wasm, "wat.wasm");
        request.replace = replace;
        world.host.install(request).unwrap();
    };
    install(90, false);
    let shorter = wat("1.1.0", &[ask(&["visit"], 30, 1000)]);
    let request = UpgradeRequest::new(shorter, "wat.wasm");
    let installed = world.host.upgrade(&id(), request).unwrap();
    assert_eq!(installed.grants.history, [window(&["visit"], 30, 1000)]);
    let ada = world.customer("Ada Lovelace").id;
    world.record(ada, "visit");
    assert_eq!(world.runs(&id()).len(), 1);
    // Installed over it where something was refused, it is the same.
    let mut less = InstallRequest::new(wat("1.2.0", &[ask(&["visit"], 30, 1000)]), "wat.wasm");
    less.grants = Some(Grants {
        history: vec![window(&["visit"], 20, 1000)],
        ..Grants::default()
    });
    less.replace = true;
    world.host.install(less).unwrap();
    install(10, true);
    let installed = world.host.installation(&id()).unwrap();
    assert_eq!(installed.grants.history, [window(&["visit"], 10, 1000)]);
}

#[test]
fn history_that_was_refused_stays_refused() {
    let (keeper, next) = (guest("keeper"), guest("keeper-next"));
    for (less, left, refused) in [
        (["--without", "visit"], json!([]), "(refused until now)"),
        (
            ["--history-days", "7"],
            json!([["visit", 7]]),
            "(until now 7)",
        ),
    ] {
        let program = Program::new();
        let install = ["plugin", "install", &keeper, "--yes", less[0], less[1]];
        program.run(&install).ok();
        let shown = program.run(&["plugin", "upgrade", "keeper", &next]);
        assert_eq!(shown.code, 1, "{}", shown.out);
        assert!(shown.out.contains(refused), "{}", shown.out);
        let stays = "Refused before, and still refused (--grant-all grants it)\n  = to see a customer's visits";
        assert!(shown.out.contains(stays), "{}", shown.out);
        let upgrade = ["--json", "plugin", "upgrade", "keeper", &next, "--yes"];
        let said = program.run(&upgrade).ok().json();
        let windows = said["installation"]["grants"]["history"]
            .as_array()
            .unwrap();
        let windows: Vec<Value> = windows
            .iter()
            .filter(|it| it["kinds"] != json!(["purchase"]))
            .map(|it| json!([it["kinds"][0], it["days"]]))
            .collect();
        assert_eq!(json!(windows), left);
        // A person may say otherwise.
        program.run(&["plugin", "rollback", "keeper", "--yes"]).ok();
        let all = [&upgrade[..], &["--grant-all"]].concat();
        let said = program.run(&all).ok().json();
        assert_eq!(said["installation"]["grants"]["history"][0]["days"], 365);
        assert_eq!(said["difference"]["refused"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn another_number_or_another_window_is_no_way_around_a_refusal() {
    let one = |kind: &str, limit: u32| ask(&[kind], 90, limit);
    let visits = window(&["visit"], 90, 1000);
    for asked in [
        vec![one("visit", 1000), one("complaint", 1001)],
        vec![ask(&["visit", "complaint"], 90, 1000)],
        vec![ask(&["visit", "complaint"], 91, 1001), one("visit", 1000)],
    ] {
        let world = World::new();
        let wasm = wat("1.0.0", &[one("visit", 1000), one("complaint", 1000)]);
        let mut request = InstallRequest::new(wasm, "wat.wasm");
        let mut grants = world.host.inspect(request.wasm.clone()).unwrap().grants;
        grants.leave_out("complaint").unwrap();
        request.grants = Some(grants);
        world.host.install(request).unwrap();
        let mut request = UpgradeRequest::new(wat("1.1.0", &asked), "wat.wasm");
        let difference = world.host.compare(&id(), request.wasm.clone()).unwrap();
        assert!(
            difference.refused[0].starts_with("to see a customer's complaints of the last 9"),
            "{:?}",
            difference.refused
        );
        request.accept_wider = true;
        let granted = world.host.upgrade(&id(), request).unwrap().grants;
        assert!(!granted.shows("complaint"), "{asked:?}: {granted:?}");
        let covered = |it: &HistoryGrant| it.kinds == visits.kinds && it.days >= 90;
        assert!(granted.history.iter().any(covered), "{granted:?}");
    }
}

/// Windows as a manifest asks for them.
fn windows() -> impl Strategy<Value = Vec<HistoryGrant>> {
    let kinds = prop::sample::subsequence(vec!["visit", "complaint", "purchase", "x/y"], 0..=3);
    let one =
        (kinds, 1_u32..5, 1_u32..4).prop_map(|(kinds, days, limit)| window(&kinds, days, limit));
    prop::collection::vec(one, 0..4)
}

/// An operator's cut of a window: excluded kinds, days, number.
type Less = (Vec<&'static str>, u32, u32, bool);

fn less() -> impl Strategy<Value = Vec<Less>> {
    let kinds = prop::sample::subsequence(vec!["visit", "complaint", "purchase", "x/y"], 0..3);
    prop::collection::vec((kinds, 1_u32..7, 1_u32..6, any::<bool>()), 4)
}

fn cut(asked: &[HistoryGrant], less: &[Less]) -> Vec<HistoryGrant> {
    let cut = |(window, (kinds, days, limit, whole)): (&HistoryGrant, &Less)| {
        let mut window = window.clone();
        if *whole {
            return Some(window);
        }
        (window.days, window.limit) = (window.days.min(*days), window.limit.min(*limit));
        if !kinds.is_empty() {
            if window.kinds.is_empty() {
                window.kinds = KINDS.iter().map(|kind| (*kind).to_owned()).collect();
            }
            window.kinds.retain(|kind| !kinds.contains(&kind.as_str()));
            if window.kinds.is_empty() {
                return None;
            }
        }
        Some(window)
    };
    asked.iter().zip(less).filter_map(cut).collect()
}

fn asking(windows: &[HistoryGrant]) -> Manifest {
    let asks: Vec<Value> = windows
        .iter()
        .map(|it| {
            let kinds: Vec<&str> = it.kinds.iter().map(String::as_str).collect();
            ask(&kinds, it.days, it.limit)
        })
        .collect();
    serde_json::from_value(manifest("1.0.0", &asks)).unwrap()
}

fn shows(windows: &[HistoryGrant], kind: &str, days: u32, number: u32) -> bool {
    windows.iter().any(|it| {
        (it.kinds.is_empty() || it.kinds.contains(kind)) && it.days >= days && it.limit >= number
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if long() { 200_000 } else { 2_000 }))]

    #[test]
    fn accepting_more_grants_nothing_that_was_refused_and_loses_nothing(
        before in windows(), less in less(), after in windows()
    ) {
        let granted = Grants { history: cut(&before, &less), ..Grants::default() };
        let (old, new) = (asking(&before), asking(&after));
        let wide = granted.widened_to(&old, &new);
        let narrow = granted.restricted_to(&new);
        prop_assert!(wide.check(&new).is_ok() && narrow.check(&new).is_ok());
        // Another plugin's kind stands for all that no window names.
        let named: BTreeSet<&str> = ["visit", "complaint", "purchase"].into();
        for kind in ["visit", "complaint", "purchase", "message", "x/y", "another/one"] {
            let asked_before = before.iter().any(|it| it.kinds.is_empty() || it.kinds.contains(kind));
            for (days, number) in (1..6).flat_map(|days| (1..5).map(move |number| (days, number))) {
                let at = format!("{kind}, {days} days, {number}: {:?}", wide.history);
                let was = |windows: &[HistoryGrant]| shows(windows, kind, days, number);
                if was(&before) && !was(&granted.history) {
                    prop_assert!(!was(&wide.history), "refused, and granted: {}", at);
                }
                if was(&granted.history) && was(&after) {
                    prop_assert!(was(&wide.history), "lost: {}", at);
                    prop_assert!(was(&narrow.history), "lost by narrowing: {}", at);
                }
                if !was(&granted.history) {
                    prop_assert!(!was(&narrow.history), "narrowing granted {}", at);
                }
                if !asked_before && named.contains(kind) && was(&after) {
                    prop_assert!(was(&wide.history), "new, and not granted: {}", at);
                }
            }
        }
    }
}

#[test]
fn answer_counts_for_the_shown_asks_alone() {
    let program = Program::new();
    let (first, second) = (guest("keeper"), guest("keeper-next"));
    program.run(&["plugin", "install", &first, "--yes"]).ok();
    let asked = Asked::by(&program, &["plugin", "upgrade", "keeper", &second]);
    assert!(
        asked.said.contains("Accept that, and upgrade?"),
        "{}",
        asked.said
    );
    // Meanwhile, somebody takes a grant back.
    let without = ["--without", "effect:message", "--replace", "--yes"];
    let replace = [&["--json", "plugin", "install", &first][..], &without].concat();
    let replaced = program.run(&replace).ok().json();
    let said = asked.answer("y");
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(
        said.err.contains("was changed while you decided"),
        "{}",
        said.err
    );
    let list = program.run(&["--json", "plugin", "list"]).ok().json();
    assert_eq!(list["grants"], replaced["grants"]);
    assert_eq!(list["digest"], replaced["digest"]);
    // Who looks again, and says yes, decides.
    let asked = Asked::by(&program, &["plugin", "upgrade", "keeper", &second]);
    let said = asked.answer("y").ok();
    assert!(said.out.contains("keeper is now 2.0.0"), "{}", said.out);
    let list = program.run(&["--json", "plugin", "list"]).ok().json();
    assert!(
        !list["grants"]["effects"].to_string().contains("message"),
        "{list}"
    );
}

#[test]
fn http_names_the_decided_asks() {
    let served = Served::new(World::new());
    let installed = served.world.install("keeper");
    served
        .world
        .host
        .set_plugin_settings(&keeper(), json!({ "greeting": "Ho" }))
        .unwrap();
    use base64::prelude::{BASE64_STANDARD, Engine};
    let wasm = BASE64_STANDARD.encode(component("keeper-next"));
    let upgrade = |version: u64| {
        let body = json!({ "wasm": wasm, "accept_wider": true, "decided_on": version });
        served.post("/v1/plugins/keeper/upgrade", body)
    };
    let late = upgrade(installed.version);
    assert_eq!(late.status, 409, "{}", late.text);
    assert!(
        late.text.contains("changed while you decided"),
        "{}",
        late.text
    );
    let now = served.world.host.installation(&keeper()).unwrap().version;
    assert_eq!(upgrade(now).status, 200);
    let late = json!({ "accept_wider": true, "decided_on": now });
    let late = served.post("/v1/plugins/keeper/rollback", late);
    assert_eq!(late.status, 409, "{}", late.text);
}

#[test]
fn downgrade_needs_consent_for_more_grants() {
    let program = Program::new();
    let (first, second) = (guest("keeper"), guest("keeper-next"));
    program.run(&["plugin", "install", &first, "--yes"]).ok();
    let less = [
        "--yes",
        "--without",
        "effect:message",
        "--history-days",
        "visit=30",
    ];
    let upgrade = [&["plugin", "upgrade", "keeper", &second][..], &less].concat();
    program.run(&upgrade).ok();
    let refused = program.run(&["plugin", "rollback", "keeper"]);
    assert_eq!(refused.code, 1, "{}", refused.out);
    for words in [
        "+ to propose a message to the customer",
        "+ to see a customer's visits of the last 90 days (until now 30)",
        "+ to see a customer's first name",
    ] {
        assert!(refused.out.contains(words), "{}", refused.out);
    }
    assert!(
        refused.err.contains("2.0.0 stays active"),
        "{}",
        refused.err
    );
    let asked = Asked::by(&program, &["plugin", "rollback", "keeper"]);
    assert_eq!(asked.answer("n").code, 1);
    let version =
        || program.run(&["--json", "plugin", "list"]).ok().json()["manifest"]["version"].clone();
    assert_eq!(version(), "2.0.0");
    // Less than then is no more than now.
    let back = ["--json", "plugin", "rollback", "keeper", "--without"];
    let less = [&back[..], &["effect:message", "--history-days", "30"]].concat();
    let said = program.run(&less).ok().json();
    assert!(
        !said["grants"]["effects"].to_string().contains("message"),
        "{said}"
    );
    assert_eq!(said["grants"]["history"][0]["days"], 30);
    program.run(&["plugin", "rollback", "keeper", "--yes"]).ok();
    let asked = Asked::by(&program, &["plugin", "rollback", "keeper", "--to", "1.0.0"]);
    asked.answer("y").ok();
    assert_eq!(version(), "1.0.0");
}

#[test]
fn downgrade_is_refused_without_its_required_secret() {
    let world = World::new();
    let version = |version: &str, required: &[&str]| {
        let mut manifest = manifest(version, &[ask(&["visit"], 9, 9)]);
        manifest["settings"] = json!({
            "type": "object", "required": required, "additionalProperties": false,
            "properties": { "key": { "type": "string", "writeOnly": true } },
        });
        wat_with("manifest", &manifest.to_string())
    };
    let mut request = InstallRequest::new(version("1.0.0", &["key"]), "wat.wasm");
    request.settings = Some(json!({ "key": "zqxsecret" }));
    world.host.install(request).unwrap();
    let upgrade = UpgradeRequest::new(version("1.1.0", &[]), "wat.wasm");
    world.host.upgrade(&id(), upgrade).unwrap();
    world
        .host
        .set_plugin_settings(&id(), json!({ "key": null }))
        .unwrap();
    let refused = world
        .host
        .rollback(&id(), RollbackRequest::newest())
        .unwrap_err();
    let text = refused.to_string();
    assert!(matches!(refused, Error::Invalid { .. }), "{text}");
    assert!(
        text.contains("key") && text.contains("--settings"),
        "{text}"
    );
    assert_eq!(
        world.host.installation(&id()).unwrap().manifest.version,
        "1.1.0"
    );
    let given = RollbackRequest {
        settings: Some(json!({ "key": "zqxother" })),
        ..RollbackRequest::newest()
    };
    let installed = world.host.rollback(&id(), given).unwrap();
    assert_eq!(installed.secrets, ["key".to_owned()].into());
    world.sound();
}

#[test]
fn settings_refused_by_a_version_name_the_remedy() {
    let world = World::new();
    let mut request = first();
    request.settings = Some(json!({ "greeting": "Ho" }));
    world.host.install(request).unwrap();
    let mut without = manifest("2.0.0", &[ask(&["visit"], 90, 1000)]);
    without["name"] = json!("keeper");
    without["settings"] = json!({
        "type": "object", "additionalProperties": false, "properties": { "other": {} },
    });
    let wasm = wat_with("manifest", &without.to_string());
    let mut request = UpgradeRequest::new(wasm, "keeper.wasm");
    request.accept_wider = true;
    let refused = world.host.upgrade(&keeper(), request.clone()).unwrap_err();
    assert!(refused.to_string().contains("greeting"), "{refused}");
    assert!(refused.to_string().contains("`--settings`"), "{refused}");
    request.settings = Some(json!({}));
    world.host.upgrade(&keeper(), request).unwrap();
    let mut way_back = back();
    way_back.to = Some("1.0.0".to_owned());
    let installed = world.host.rollback(&keeper(), way_back).unwrap();
    assert_eq!(installed.settings, json!({ "greeting": "Ho" }));
}

#[test]
fn different_plugin_is_refused_before_the_question() {
    let program = Program::new();
    let (keeper, witness) = (guest("keeper"), guest("witness"));
    program.run(&["plugin", "install", &keeper, "--yes"]).ok();
    let refused = program.run(&["plugin", "upgrade", "keeper", &witness]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.err.contains("this component calls itself witness"),
        "{}",
        refused.err
    );
    assert!(!refused.out.contains("It asks for more"), "{}", refused.out);
    let world = World::new();
    world.install("keeper");
    let request = UpgradeRequest::new(component("witness"), "witness.wasm");
    let refused = world.host.upgrade(&super::keeper(), request).unwrap_err();
    assert!(matches!(refused, Error::Conflict { .. }), "{refused}");
    // One that does not know of the other process yet learns of it.
    let beside = builder(world.dir.path(), &world.clock)
        .without_workers()
        .build()
        .unwrap();
    let seen = beside.installation(&super::keeper()).unwrap().version;
    world.host.upgrade(&super::keeper(), next()).unwrap();
    let mut late = back();
    late.decided_on = Some(seen);
    let refused = beside.rollback(&super::keeper(), late).unwrap_err();
    assert!(refused.to_string().contains("it is 2.0.0 now"), "{refused}");
}
