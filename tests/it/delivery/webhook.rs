//! Requests to webhooks, and the meaning of their answers.

use regulars::model::ContactKind;
use regulars::outbox::SendError;
use serde_json::json;

use super::envelope::envelope;
use super::postbox::{certificate, channels, send};
use super::receiver::{Does, Receiver, SECRET, encrypted};

#[test]
fn message_is_posted_and_signed() {
    let receiver = Receiver::open();
    let settings = receiver.settings("sms", "reaches = \"tel\"");
    let channels = channels(&format!("business = \"Gym North\"\n{settings}"));
    assert_eq!(
        channels.get("sms").unwrap().reaches(),
        Some(ContactKind::Tel)
    );
    let mut envelope = envelope();
    envelope.to = Some("+4930123456".to_owned());
    envelope.message.subject = "“Hi”\r\nwebhook-id: forged\u{0}".to_owned();
    envelope.attempt = 2;
    let taken = send(&channels, "sms", &envelope).unwrap();
    assert_eq!(taken.detail.as_deref(), Some("The webhook answered 200."));

    let [posted] = &receiver.got()[..] else {
        panic!()
    };
    assert_eq!(posted.line, "POST /in?token=hidden HTTP/1.1");
    assert_eq!(posted.header("content-type"), "application/json");
    assert_eq!(
        posted.header("webhook-id"),
        "01970000-0000-7000-8000-000000000007"
    );
    // 2026-03-02T11:00:00Z: the host's time; not this machine's.
    assert_eq!(posted.header("webhook-timestamp"), "1772449200");
    assert!(posted.is_signed(), "{posted:?}");
    assert_eq!(
        posted.json(),
        json!({
            "type": "message.send",
            "timestamp": "2026-03-01T08:00:00Z",
            "data": {
                "message": "01970000-0000-7000-8000-000000000007",
                "channel": "sms",
                "attempt": 2,
                "purpose": "care",
                "topic": "courses",
                "subject": "“Hi”\r\nwebhook-id: forged\u{0}",
                "body": "Somebody cannot come.\n\nDo you want their place?",
                "value": "a place that was full",
                "reason": "you asked for this course",
                "expires_at": null,
                "business": "Gym North",
                "customer": "00000000-0000-0000-0000-000000000001",
                "name": "Ada",
                "language": "en",
                "to": "+4930123456",
                "page": "https://crm.example.com/my/token",
                "unsubscribe": "https://crm.example.com/my/other/unsubscribe",
            },
        })
    );
}

#[test]
fn http_status_decides_the_outcome() {
    let receiver = Receiver::open();
    let channels = channels(&receiver.settings("chat", "time_limit = \"200ms\""));
    let (taken, never, later, unknown) = ("taken", "never", "later", "unknown");
    for (does, means) in [
        (Does::Answer(200), taken),
        (Does::Answer(204), taken),
        (Does::Answer(400), never),
        (Does::Answer(401), never),
        (Does::Answer(404), never),
        (Does::Answer(410), never),
        (Does::Answer(408), later),
        (Does::Answer(429), later),
        (Does::Answer(500), later),
        (Does::Answer(503), later),
        (Does::Answer(502), unknown),
        (Does::Answer(504), unknown),
        (Does::Redirect, later),
        // It had the message: whether it did something with it, nobody knows.
        (Does::Stall, unknown),
        (Does::Close, unknown),
        (Does::Nonsense, unknown),
        // It was taken when it was answered; how long the answer is changes nothing.
        (Does::Endless, taken),
    ] {
        receiver.will([does]);
        let sent = send(&channels, "chat", &envelope());
        let found = match &sent {
            Ok(_) => taken,
            Err(SendError::Permanent(_)) => never,
            Err(SendError::Transient(_)) => later,
            Err(SendError::Unknown(_)) => unknown,
            Err(SendError::NoSuchPoint(_)) => "nobody",
        };
        assert_eq!(found, means, "{does:?}: {sent:?}");
        let said = format!("{sent:?}");
        assert!(
            !said.contains("hidden") && !said.contains("ada@") && !said.contains("127.0.0.1"),
            "{said}"
        );
    }
    // A redirect was not followed.
    assert!(
        receiver
            .got()
            .iter()
            .all(|posted| posted.line.starts_with("POST /in?"))
    );
}

#[test]
fn webhook_that_is_not_there_is_tried_again() {
    let receiver = Receiver::open();
    let settings = receiver.settings("chat", "");
    let gone = settings.replace(&receiver.port.to_string(), &free_port().to_string());
    let refusal = send(&channels(&gone), "chat", &envelope()).unwrap_err();
    assert!(
        matches!(&refusal, SendError::Transient(detail) if detail.contains("cannot be reached")),
        "{refusal:?}"
    );
}

#[test]
fn webhook_behind_tls_is_trusted_by_its_authority_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, key) = certificate(folder.path());
    let port = encrypted(&authority, &key);
    let settings = |more: &str| {
        format!(
            "[[webhook]]\nname = \"chat\"\nurl = \"https://localhost:{port}/in\"\nsecret = \"{SECRET}\"\n\
             reaches = \"nobody\"\n{more}\n"
        )
    };
    let trusting = settings(&format!("ca_file = \"{}\"", authority.display()));
    send(&channels(&trusting), "chat", &envelope()).unwrap();
    let refusal = send(&channels(&settings("")), "chat", &envelope()).unwrap_err();
    assert!(
        matches!(&refusal, SendError::Transient(detail) if detail.contains("ca_file")),
        "{refusal:?}"
    );
}

/// An address without a listener.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
