//! `regulars channels check`, and `serve --channels`.

use super::receiver::{Does, Receiver, SECRET};
use crate::program::Program;

fn file(program: &Program, receiver: &Receiver) {
    let toml = format!(
        "business = \"Gym North\"\npublic_url = \"https://crm.example.com\"\n[log]\nenabled = true\n\
         [email]\nhost = \"smtp.example.com\"\nfrom = \"Gym <hello@gym.example>\"\nusername = \"me\"\n\
         password = \"swordfish\"\n{}",
        receiver.settings("sms", "reaches = \"tel\"")
    );
    program.file("channels.toml", toml);
}

#[test]
fn check_lists_channels_without_secrets() {
    let (program, receiver) = (Program::new(), Receiver::open());
    file(&program, &receiver);
    let said = program.run(&["channels", "check", "channels.toml"]).ok();
    let expected = format!(
        "Business Gym North\nLinks begin with https://crm.example.com\nChannels:\n\
         \x20 desk: a card for the staff who meet the customer; always available\n\
         \x20 log: a line in the log; reaches no customer\n\
         \x20 email (reaches email): mail from Gym <hello@gym.example> by smtp.example.com:465, TLS, as me, within 30s\n\
         \x20 sms (reaches tel): posted to http://127.0.0.1:{}, signed, within 20s\n",
        receiver.port
    );
    assert!(said.out.starts_with(&expected), "{}", said.out);
    let json = program
        .run(&["--json", "channels", "check", "channels.toml"])
        .ok();
    assert_eq!(json.json()["channels"].as_array().unwrap().len(), 4);
    for text in [&said.out, &said.err, &json.out, &json.err] {
        assert!(
            !text.contains("swordfish") && !text.contains("hidden") && !text.contains(&SECRET[6..]),
            "{text}"
        );
    }
    assert!(receiver.got().is_empty());
}

#[cfg(unix)]
#[test]
fn check_warns_of_secrets_that_others_can_read_and_of_links_that_are_missing() {
    use std::os::unix::fs::PermissionsExt;
    let (program, receiver) = (Program::new(), Receiver::open());
    let path = program.file(
        "channels.toml",
        receiver.settings("sms", "reaches = \"tel\""),
    );
    let check = |mode| {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        program
            .run(&["channels", "check", "channels.toml"])
            .ok()
            .out
    };
    let open = check(0o644);
    assert!(open.contains("warning: public_url is not set"), "{open}");
    assert!(open.contains("chmod 600 channels.toml"), "{open}");
    assert!(!check(0o600).contains("chmod"));
}

#[test]
fn test_message_takes_the_channel_of_its_address() {
    let (program, receiver) = (Program::new(), Receiver::open());
    file(&program, &receiver);
    let send =
        |more: &[&str]| program.run(&[&["channels", "check", "channels.toml"], more].concat());
    let said = send(&["--send-test", "+4930123456"]).ok();
    assert!(
        said.out.ends_with("sms accepted the test message.\n"),
        "{}",
        said.out
    );
    let [posted] = &receiver.got()[..] else {
        panic!()
    };
    assert!(posted.is_signed());
    assert_eq!(posted.json()["data"]["to"], "+4930123456");

    receiver.will([Does::Answer(401)]);
    let said = send(&["--send-test", "+4930123456", "--channel", "sms"]);
    assert_eq!(said.code, 1);
    assert!(
        said.out
            .ends_with("sms refused the test message: The webhook answered 401.\n"),
        "{}",
        said.out
    );

    let said = send(&["--send-test", "x", "--channel", "fax"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("unknown channel fax"), "{}", said.err);
}

#[test]
fn file_that_cannot_be_used_stops_the_start_and_names_the_key() {
    let program = Program::new();
    program.file(
        "channels.toml",
        "[email]\nhost = \"smtp.example.com\"\nfrom = \"nobody\"\n",
    );
    for command in [
        &["channels", "check", "channels.toml"][..],
        &[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--channels",
            "channels.toml",
        ],
    ] {
        let said = program.run(command);
        assert_eq!(said.code, 1);
        assert!(
            said.err.contains(
                "error: channels.toml: email.from: invalid mail address: expected hello@example.com"
            ),
            "{}",
            said.err
        );
    }
    let said = program.run(&["channels", "check", "missing.toml"]);
    assert!(
        said.err.contains("missing.toml") && said.err.contains("cannot read the file"),
        "{}",
        said.err
    );
}

#[test]
fn mail_needs_an_address_that_its_links_can_begin_with() {
    let program = Program::new();
    program.file(
        "channels.toml",
        "[email]\nhost = \"smtp.example.com\"\nfrom = \"hello@gym.example\"\n",
    );
    let serve = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--channels",
        "channels.toml",
    ];
    let check = ["channels", "check", "channels.toml"];
    for command in [&serve[..], &check] {
        let said = program.run(command);
        assert_eq!(said.code, 1);
        let expected = "public_url: is missing: every message by email contains links";
        assert!(said.err.contains(expected), "{}", said.err);
        assert!(said.err.contains("--public-url"), "{}", said.err);
    }
    for (url, problem) in [
        ("http://crm.example.com", "must begin with https://"),
        ("http://192.168.0.2:8080", "must begin with https://"),
        ("http://localhost.example.com", "must begin with https://"),
        ("crm.example.com", "is not a URL"),
        ("https://", "is not a URL"),
        ("https://crm.example.com:x", "is not a URL"),
        ("https://crm.example.com/<b>", "is not a URL"),
        ("https://me@crm.example.com", "contains a user name"),
        ("https://crm.example.com/?a", "contains a query"),
    ] {
        let with = ["--public-url", url];
        let said = program.run(&[&serve[..], &with].concat());
        assert_eq!(said.code, 1, "{url}");
        assert!(said.err.contains("public_url"), "{url}: {}", said.err);
        assert!(said.err.contains(problem), "{url}: {}", said.err);
    }
    program.file("ada.csv", "name,email\nAda,ada@example.org\n");
    program.run(&["import", "customers", "ada.csv"]).ok();
    for url in [
        "https://crm.example.com",
        "https://crm.example.com:8443/a/b/",
        "http://localhost:8080",
        "http://127.0.0.1:8080/",
        "http://[::1]:8080",
    ] {
        program
            .run(&[
                "key",
                "list",
                "--channels",
                "channels.toml",
                "--public-url",
                url,
            ])
            .ok();
    }
}
