use regulars::model::*;
use regulars::outbox::Envelope;
use uuid::Uuid;

use crate::world::at;

/// A message to Ada, with all that a host has to say.
pub fn envelope() -> Envelope {
    Envelope {
        message: message(),
        now: at("2026-03-02T11:00:00Z"),
        attempt: 1,
        to: Some("ada@example.com".to_owned()),
        name: Some("Ada".to_owned()),
        language: Some("en".to_owned()),
        page: Some("https://crm.example.com/my/token".to_owned()),
        unsubscribe: Some("https://crm.example.com/my/other/unsubscribe".to_owned()),
    }
}

fn message() -> Message {
    Message {
        id: MessageId(Uuid::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0007)),
        customer: CustomerId(Uuid::from_u128(1)),
        plugin: "writer".parse().unwrap(),
        run: RunId(Uuid::from_u128(2)),
        purpose: Purpose::Care,
        topic: Some("courses".to_owned()),
        subject: "A place on Tuesday".to_owned(),
        body: "Somebody cannot come.\n\nDo you want their place?".to_owned(),
        channels: vec!["email".to_owned()],
        value: "a place that was full".to_owned(),
        because: Because {
            reason: "you asked for this course".to_owned(),
            evidence: Vec::new(),
        },
        created_at: at("2026-03-01T08:00:00Z"),
        not_before: None,
        expires_at: None,
        dedupe_key: "place".to_owned(),
        state: MessageState::Sending,
        decision: Decision {
            outcome: VerdictOutcome::Allow,
            verdicts: Vec::new(),
            route: None,
        },
        channel: Some("email".to_owned()),
        due_at: None,
        decided_at: at("2026-03-01T08:00:00Z"),
        attempts: 1,
        sent_at: None,
        unconfirmed_at: None,
        cancel: None,
        detail: None,
        point: None,
        fingerprint: Fingerprint::default(),
        cause_at: None,
    }
}
