//! The channels' file.

use std::path::Path;

use regulars::outbox::config::ChannelsFile;

use super::receiver::SECRET;

const EMAIL: &str = "[email]\nhost = \"smtp.example.com\"\nfrom = \"hello@gym.example\"\n";

fn read(toml: &str) -> Result<ChannelsFile, String> {
    ChannelsFile::parse(toml, Path::new("/nowhere")).map_err(|error| error.to_string())
}

fn hook(more: &str) -> String {
    format!(
        "[[webhook]]\nname = \"sms\"\nurl = \"https://hooks.example.com/in\"\nreaches = \"tel\"\n{more}\n"
    )
}

#[test]
fn invalid_settings_are_named_with_the_allowed_values() {
    let secret = format!("secret = \"{SECRET}\"");
    let long = format!("business = \"{}\"", "x".repeat(101));
    let cases = [
        (
            "busines = \"x\"".to_owned(),
            "line 1: unknown field `busines`, expected one of",
        ),
        ("\n\n[email]\nhost = 5".to_owned(), "line 4: invalid type"),
        (
            "business = \"a\\nb\"".to_owned(),
            "business: invalid text: expected 1 to 100 characters",
        ),
        (long, "business: invalid text: expected 1 to 100"),
        (
            "public_url = \"crm.example.com\"".to_owned(),
            "public_url: is not a URL",
        ),
        (
            "public_url = \"http://crm.example.com\"".to_owned(),
            "public_url: must begin with https://",
        ),
        (
            "public_url = \"https://me@crm.example.com\"".to_owned(),
            "public_url: contains a user name",
        ),
        (
            "public_url = \"https://crm.example.com/?a\"".to_owned(),
            "public_url: contains a query",
        ),
        (
            "[log]\non = true".to_owned(),
            "unknown field `on`, expected `enabled`",
        ),
        ("[email]\nhost = \"a\"".to_owned(), "missing field `from`"),
        (
            EMAIL.replace("hello@gym.example", "hello"),
            "email.from: invalid mail address: expected hello@example.com",
        ),
        (
            format!("{EMAIL}reply_to = \"<\""),
            "email.reply_to: invalid mail address",
        ),
        (
            EMAIL.replace("smtp.example.com", "a b"),
            "email.host: invalid host name",
        ),
        (format!("{EMAIL}port = 0"), "email.port: invalid port 0"),
        (
            format!("{EMAIL}encryption = \"ssl\""),
            "unknown variant `ssl`, expected one of `tls`, `starttls`, `none`",
        ),
        (
            format!("{EMAIL}encryption = \"none\""),
            "email.encryption: none is allowed only for a server on this machine",
        ),
        (
            format!("{EMAIL}username = \"me\""),
            "email.username: missing password",
        ),
        (
            format!("{EMAIL}password = \"hidden\""),
            "email.password: missing user name",
        ),
        (
            format!("{EMAIL}time_limit = \"31s\""),
            "email.time_limit: out of range: expected 100ms to 30s",
        ),
        (
            format!("{EMAIL}time_limit = \"soon\""),
            "invalid duration: expected a time such as",
        ),
        (
            format!("{EMAIL}[email.footer.de]\nwhy = \"\""),
            "email.footer.de.why: invalid text: expected 1 to 300",
        ),
        (
            format!("{EMAIL}password_file = \"x\""),
            "email.password_file: cannot read /nowhere/x",
        ),
        (
            format!("{EMAIL}ca_file = \"x\""),
            "email.ca_file: cannot read /nowhere/x",
        ),
        (hook(""), "webhook.sms.secret: missing secret"),
        (
            hook("secret = \"whsec_c2hvcnQ=\""),
            "webhook.sms.secret: invalid Standard Webhooks secret",
        ),
        (
            hook("secret = \"hidden\""),
            "webhook.sms.secret: invalid Standard Webhooks secret",
        ),
        (
            hook("secret = 5"),
            "line 5: invalid secret: expected a quoted string",
        ),
        (
            hook(&format!("{secret}\nsecret_file = \"x\"")),
            "webhook.sms.secret: conflicts with webhook.sms.secret_file",
        ),
        (
            hook(&secret).replace("\"tel\"", "\"fax\""),
            "unknown variant `fax`, expected one of `email`, `tel`, `external`, `nobody`",
        ),
        (
            hook(&secret).replace("reaches = \"tel\"", ""),
            "webhook.sms.reaches: missing value: write tel, email or external",
        ),
        (
            hook(&format!("{secret}\ntime_limit = \"2m\"")),
            "webhook.sms.time_limit: out of range",
        ),
        (
            hook(&secret).replace("https", "http"),
            "webhook.sms.url: must begin with https://",
        ),
        (
            hook(&secret).replace("\"sms\"", "\"email\""),
            "webhook[0].name: reserved channel name “email”",
        ),
        (
            hook(&secret).replace("\"sms\"", "\"S M S\""),
            "webhook[0].name: invalid channel name",
        ),
        (
            hook(&secret).repeat(2),
            "webhook[1].name: duplicate channel name “sms”",
        ),
    ];
    for (toml, expected) in cases {
        let error = read(&toml).expect_err(&toml);
        assert!(error.contains(expected), "{toml}\n{error}");
        assert!(
            !error.contains("hidden") && !error.contains("c2hvcnQ"),
            "{error}"
        );
    }
}

#[test]
fn only_configured_channels_are_offered() {
    let names = |toml: &str| -> Vec<String> {
        let channels = read(toml).unwrap().channels().unwrap();
        channels.offered().into_iter().map(|it| it.name).collect()
    };
    assert_eq!(names(""), ["desk"]);
    assert_eq!(names("[log]\nenabled = false"), ["desk"]);
    let all = format!(
        "[log]\nenabled = true\n{EMAIL}{}",
        hook(&format!("secret = \"{SECRET}\""))
    );
    assert_eq!(names(&all), ["desk", "log", "email", "sms"]);
}

#[test]
fn secrets_come_from_files_and_are_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), "swordfish\r\n").unwrap();
    std::fs::write(folder.path().join("secret"), SECRET).unwrap();
    std::fs::write(folder.path().join("empty"), "\n").unwrap();
    let toml = format!(
        "{EMAIL}username = \"me\"\npassword_file = \"password\"\n{}",
        hook("secret_file = \"secret\"").replace("/in", "/in/token-in-the-path")
    );
    let file = ChannelsFile::parse(&toml, folder.path()).unwrap();
    assert!(!file.holds_secrets());
    let email = file.email.as_ref().unwrap();
    assert_eq!(email.password.as_ref().unwrap().reveal(), "swordfish");
    let webhook = &file.webhooks[0];
    assert_eq!(webhook.secret.as_ref().unwrap().reveal(), SECRET);
    assert_eq!(webhook.origin(), "https://hooks.example.com");
    let channels = file.channels().unwrap();
    let shown = format!("{file:?} {:#?} {channels:?} {webhook:?} {email:?}", file);
    for secret in ["swordfish", "token-in-the-path", &SECRET[6..]] {
        assert!(!shown.contains(secret), "{shown}");
    }

    let toml = toml.replace("\"password\"", "\"empty\"");
    let error = ChannelsFile::parse(&toml, folder.path())
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("email.password_file: no secret found"),
        "{error}"
    );
}

#[test]
fn example_is_right_and_has_every_setting() {
    let text = include_str!("../../../host/channels.example.toml");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("smtp-password"), "swordfish").unwrap();
    std::fs::write(folder.path().join("sms-secret"), SECRET).unwrap();
    let file = ChannelsFile::parse(text, folder.path()).unwrap();
    let email = file.email.as_ref().unwrap();
    let mut small = read(&format!(
        "{EMAIL}{}",
        hook(&format!("secret = \"{SECRET}\""))
    ))
    .unwrap();
    // What the example says of defaults.
    let (default, webhook) = (small.email.take().unwrap(), small.webhooks.remove(0));
    assert_eq!(email.encryption, default.encryption);
    assert_eq!(email.port(), default.port());
    assert_eq!(email.time_limit, default.time_limit);
    assert_eq!(file.webhooks[0].time_limit, webhook.time_limit);
    assert_eq!(file.log, small.log);
    // The unknown keys' refusal lists all that there are.
    for (table, wrong) in [
        ("", "x = 1"),
        ("[email]\n", "x = 1"),
        ("[[webhook]]\n", "x = 1"),
        ("[email.footer.de]\n", "x = 1"),
    ] {
        let wrong = match table {
            "[email.footer.de]\n" => format!("{EMAIL}{table}{wrong}"),
            _ => format!("{table}{wrong}"),
        };
        let error = read(&wrong).unwrap_err();
        let known: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
        assert!(known.len() >= 3, "{error}");
        for key in known {
            let stands = |line: &str| {
                let line = line.trim_start_matches("# ");
                line.starts_with(&format!("{key} = "))
                    || (line.starts_with('[') && line.contains(key))
            };
            // A secret is in its file there, with a word on how else.
            let told = text.lines().any(stands) || text.contains(&format!("`{key} = \"…\"`"));
            assert!(told, "the example does not tell of {key}");
        }
    }
}
