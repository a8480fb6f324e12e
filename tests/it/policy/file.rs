//! The policy file.

use regulars::Error;
use regulars::clock::ManualClock;
use regulars::policy::{ContactPolicy, PolicyError};
use serde_json::json;

use crate::program::Program;
use crate::world::{at, builder};

#[test]
fn default_file_equals_the_built_in_policy() {
    let written = ContactPolicy::read(ContactPolicy::DEFAULT).unwrap();
    assert_eq!(written, ContactPolicy::default());
    assert_eq!(ContactPolicy::read("").unwrap(), ContactPolicy::default());
    // Every setting is in it, so that its comment can be found.
    let all = serde_json::to_value(&written).unwrap();
    for (table, settings) in all.as_object().unwrap() {
        assert!(
            ContactPolicy::DEFAULT.contains(&format!("\n[{table}]\n")),
            "{table}"
        );
        for setting in settings.as_object().unwrap().keys() {
            let there = ContactPolicy::DEFAULT.contains(&format!("\n{setting} = "))
                || ContactPolicy::DEFAULT.contains(&format!("[[{table}.{setting}]]"));
            assert!(there, "{table}.{setting}");
        }
    }
}

#[test]
fn no_host_starts_with_a_policy_that_cannot_be() {
    let dir = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(at("2026-03-01T08:00:00Z"));
    let mut policy = ContactPolicy::default();
    policy.waiting.days = 0;
    let host = builder(dir.path(), &clock).policy(policy).build();
    let refused = host.err().unwrap();
    let named = matches!(&refused, Error::Config { key: "policy", problem } if problem.starts_with("waiting.days"));
    assert!(named, "{refused}");
    assert!(!dir.path().join("crm.db").exists(), "it was opened");
}

#[test]
fn file_overrides_the_settings_it_names() {
    let policy = ContactPolicy::read(
        r#"
        [repeat]
        purposes = { service = 1, care = 90 }
        [quiet_hours]
        from = "12:30"
        to = "14:00"
        [[caps.also]]
        most = 1
        days = 90
        purposes = ["survey"]
        "#,
    )
    .unwrap();
    let all = serde_json::to_value(&policy).unwrap();
    assert_eq!(
        all["repeat"],
        json!({ "days": 60, "purposes": { "service": 1, "care": 90 } })
    );
    assert_eq!(all["quiet_hours"]["from"], "12:30");
    assert_eq!(
        all["caps"]["medium"],
        json!({ "most": 2, "days": 30 }),
        "a further cap takes none away"
    );
    assert_eq!(all["caps"]["also"][0]["purposes"], json!(["survey"]));
    let again: ContactPolicy = serde_json::from_value(all).unwrap();
    assert_eq!(again, policy);
}

#[test]
fn invalid_settings_are_refused_by_name() {
    for (file, key) in [
        ("[quiet_ours]", "quiet_ours"),
        ("[quiet_hours]\nform = \"21:00\"", "quiet_hours.form"),
        ("[quiet_hours]\nfrom = \"25:00\"", "quiet_hours.from"),
        ("[quiet_hours]\nfrom = \"9 pm\"", "quiet_hours.from"),
        ("[quiet_hours]\nto = \"21:00\"", "quiet_hours.to"),
        (
            "[quiet_hours]\nexcept_channels = [\" \"]",
            "quiet_hours.except_channels",
        ),
        (
            "[caps]\nmedium = { most = 0, days = 30 }",
            "caps.medium.most",
        ),
        ("[caps]\nhigh = { most = 1, days = 0 }", "caps.high.days"),
        ("[caps]\nhigh = { most = 1, days = 367 }", "caps.high.days"),
        ("[caps]\nhigh = { most = 1 }", "caps.high"),
        ("[caps]\nhigh = { most = -1, days = 7 }", "caps.high.most"),
        (
            "[[caps.also]]\nmost = 0\ndays = 1",
            "caps.also, number 1.most",
        ),
        (
            "[[caps.also]]\nmost = 1\ndays = 1\nhours = 3",
            "caps.also[0].hours",
        ),
        (
            "[[caps.also]]\nmost = 1\ndays = 1\npurposes = [\"service\"]",
            "caps.also, number 1, purposes",
        ),
        (
            "[[caps.also]]\nmost = 1\ndays = 1\nlevels = [\"middle\"]",
            "caps.also[0].levels",
        ),
        ("[levels]\nlow = [\"care\"]", "levels.low"),
        ("[levels]\nmedium = [\"advertising\"]", "levels.medium"),
        (
            "[repeat]\npurposes = { care = 400 }",
            "repeat.purposes.care",
        ),
        ("[complaint]\ndays = 99999", "complaint.days"),
        (
            "[service]\nceiling = { most = 0, days = 1 }",
            "service.ceiling.most",
        ),
        ("[waiting]\ndays = 0", "waiting.days"),
        ("[topics]\nrequired = [\"service\"]", "topics.required"),
    ] {
        let error = ContactPolicy::read(file).unwrap_err().to_string();
        assert!(error.contains(key), "{file}: {error}");
    }
    let error = ContactPolicy::read("[caps]\n\nhigh = ").unwrap_err();
    assert!(
        matches!(error, PolicyError::Unreadable { line: 3, .. }),
        "{error}"
    );
    let error = ContactPolicy::read("[pause]\nholds = true").unwrap_err();
    assert!(
        matches!(error, PolicyError::Unknown { line: 2, .. }),
        "{error}"
    );
}

#[test]
fn check_says_in_words_what_a_file_means() {
    let program = Program::new();
    insta::assert_snapshot!(program.run(&["policy", "check"]).ok().out);
    let file = "[quiet_hours]\nenabled = false\n[repeat]\npurposes = { service = 1 }\n[[caps.also]]\nmost = 1\ndays = 90\npurposes = [\"survey\", \"offer\"]\nchannels = [\"email\"]\nlevels = [\"high\"]\n";
    program.file("policy.toml", file);
    let said = program.run(&["policy", "check", "policy.toml"]).ok().out;
    for sentence in [
        "A customer at level high gets for offer and survey by email at most 1 message in any 90 days.",
        "There are no quiet hours.",
        "The same text is sent once in 60 days; once in 1 day for service, across all plugins.",
    ] {
        assert!(said.contains(sentence), "“{sentence}” is not in:\n{said}");
    }
    let all = program
        .run(&["policy", "check", "policy.toml", "--json"])
        .ok()
        .json();
    assert_eq!(all["quiet_hours"]["enabled"], false);
    assert_eq!(all["complaint"]["days"], 30);

    let default = program.run(&["policy", "default"]).ok().out;
    assert_eq!(
        ContactPolicy::read(&default).unwrap(),
        ContactPolicy::default()
    );

    program.file("wrong.toml", "[quiet_hours]\nto = \"21:00\"\n");
    let refused = program.run(&["policy", "check", "wrong.toml"]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.err.contains("wrong.toml: quiet_hours.to"),
        "{}",
        refused.err
    );
    assert_eq!(program.run(&["policy", "check", "none.toml"]).code, 1);
}
