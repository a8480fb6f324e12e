//! The outbox: what is tried again and when, what is given up, and what channels that misbehave do to it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver as Inbox, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use regulars::model::*;
use regulars::outbox::{Accepted, Channel, Channels, Envelope, SendError};

use super::office::{office, reader, restart, write};
use super::postbox::channels;
use super::receiver::{Does, Receiver};
use crate::world::comes;

#[test]
fn temporary_failures_are_retried_with_backoff_until_they_are_final() {
    let receiver = Receiver::open();
    receiver.will([Does::Answer(503); 20]);
    let world = office(channels(&receiver.settings("chat", "")));
    let ada = reader(&world.host, "Ada", "ada@example.com");
    let mut message = write(&world, &ada, "courses", "chat");
    let begun = world.host.now();
    let mut waits = Vec::new();
    while message.state == MessageState::Queued {
        assert_eq!(message.attempts as usize, receiver.got().len());
        assert_eq!(message.detail.as_deref(), Some("The webhook answered 503."));
        let due = message.due_at.unwrap();
        waits.push(due.duration_since(world.host.now()).as_secs());
        // Not a moment before.
        world.go_to(due - jiff::SignedDuration::from_millis(1));
        assert_eq!(message.attempts as usize, receiver.got().len());
        world.go_to(due);
        message = world.messages(ada.id).remove(0);
    }
    assert_eq!(message.state, MessageState::Failed);
    assert_eq!(message.due_at, None);
    assert_eq!(waits.len(), 7, "{waits:?}");
    for (wait, longest) in waits.iter().zip([30, 120, 480, 1920, 7680, 14400, 14400]) {
        assert!((longest * 3 / 4 - 1..=longest).contains(wait), "{waits:?}");
    }
    let all = world.host.now().duration_since(begun).as_hours();
    assert!((8..=11).contains(&all), "{all} hours");

    // Each time the same message, signed anew.
    let got = receiver.got();
    assert_eq!(got.len(), 8);
    for (attempt, posted) in got.iter().enumerate() {
        assert!(posted.is_signed());
        assert_eq!(posted.header("webhook-id"), message.id.to_string());
        assert_eq!(posted.json()["data"]["attempt"], attempt + 1);
    }
    let times = got
        .iter()
        .map(|it| it.header("webhook-timestamp").parse::<i64>().unwrap());
    assert!(times.is_sorted_by(|a, b| a < b));
    // It is over.
    world.go_to(world.host.now() + jiff::SignedDuration::from_hours(100));
    assert_eq!(receiver.got().len(), 8);
}

#[test]
fn unreliable_webhook_gets_its_message() {
    let receiver = Receiver::open();
    receiver.will([Does::Answer(500), Does::Close, Does::Stall]);
    let world = office(channels(
        &receiver.settings("chat", "time_limit = \"200ms\""),
    ));
    let ada = reader(&world.host, "Ada", "ada@example.com");
    let mut message = write(&world, &ada, "courses", "chat");
    while message.state == MessageState::Queued {
        world.go_to(message.due_at.unwrap());
        message = world.messages(ada.id).remove(0);
    }
    assert_eq!(message.state, MessageState::Sent);
    let ids: Vec<String> = receiver
        .got()
        .iter()
        .map(|it| it.header("webhook-id").to_owned())
        .collect();
    assert_eq!(ids, vec![message.id.to_string(); 4]);
}

#[test]
fn permanent_refusal_of_a_webhook_is_not_retried() {
    let receiver = Receiver::open();
    receiver.will([Does::Answer(410)]);
    let world = office(channels(&receiver.settings("chat", "")));
    let ada = reader(&world.host, "Ada", "ada@example.com");
    let message = write(&world, &ada, "courses", "chat");
    assert_eq!(message.state, MessageState::Bounced);
    world.go_to(world.host.now() + jiff::SignedDuration::from_hours(100));
    assert_eq!(receiver.got().len(), 1);
}

/// A channel that does with every parcel what the test says, and for how long it is waited for.
struct Odd<F>(F, Duration);

/// The time limit of channels that are to exceed it.
const BRIEF: Duration = Duration::from_millis(100);
/// The time limit of channels that are to keep it.
const PATIENT: Duration = Duration::from_secs(60);

fn odd(
    does: impl Fn(&Envelope) -> Result<Accepted, SendError> + Send + Sync + 'static,
) -> Channels {
    Channels::new().with(Arc::new(Odd(does, PATIENT)))
}

impl<F: Fn(&Envelope) -> Result<Accepted, SendError> + Send + Sync + 'static> Channel for Odd<F> {
    fn name(&self) -> &str {
        "odd"
    }

    fn reaches(&self) -> Option<ContactKind> {
        None
    }

    fn time_limit(&self) -> Duration {
        self.1
    }

    fn send(&self, envelope: &Envelope) -> Result<Accepted, SendError> {
        (self.0)(envelope)
    }
}

#[test]
fn channel_that_panics_has_failed_and_no_more() {
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    let world = office(odd(move |envelope: &Envelope| {
        let before = count.fetch_add(1, Ordering::SeqCst);
        assert!(
            !envelope.message.subject.contains("courses") || before > 99,
            "odd"
        );
        Ok(Accepted::default())
    }));
    let ada = reader(&world.host, "Ada", "ada@example.com");
    let mut message = write(&world, &ada, "courses", "odd");
    // Others go on.
    let other = reader(&world.host, "Ben", "ben@example.com");
    assert_eq!(
        write(&world, &other, "holidays", "odd").state,
        MessageState::Sent
    );
    while message.state == MessageState::Queued {
        assert!(
            message.detail.as_deref().unwrap().contains("broke down"),
            "{message:?}"
        );
        world.go_to(message.due_at.unwrap());
        message = world.messages(ada.id).remove(0);
    }
    assert_eq!(message.state, MessageState::Failed);
    assert_eq!(
        sent.load(Ordering::SeqCst),
        9,
        "eight times, and the other one"
    );
}

/// A channel that takes nothing before it is told to.
fn held(time_limit: Duration) -> (Channels, Sender<()>, Inbox<MessageId>) {
    let (release, released) = channel();
    let (arrived, arrivals) = channel();
    let released = Mutex::new(released);
    let does = move |envelope: &Envelope| {
        arrived.send(envelope.message.id).unwrap();
        // Where the test has ended, so has this.
        released
            .lock()
            .unwrap()
            .recv()
            .map_err(|_| SendError::Transient("over".to_owned()))?;
        Ok(Accepted::default())
    };
    let channels = Channels::new().with(Arc::new(Odd(does, time_limit)));
    (channels, release, arrivals)
}

#[test]
fn hanging_channel_blocks_no_other() {
    let (channels, release, arrivals) = held(BRIEF);
    let receiver = Receiver::open();
    let chat = super::postbox::channels(&receiver.settings("chat", ""));
    let world = office(channels.with(chat.get("chat").unwrap().clone()));
    let mut held = Vec::new();
    // More than there are threads that hand messages over.
    for name in ["Ada", "Ben", "Cy", "Di", "Ed", "Flo", "Gus", "Hal", "Ina"] {
        let customer = reader(&world.host, name, &format!("{name}@example.com"));
        let message = write(&world, &customer, "courses", "odd");
        assert_eq!(message.state, MessageState::Queued);
        assert!(
            message.detail.unwrap().contains("gave no answer within"),
            "{name}"
        );
        held.push(message.id);
    }
    assert_eq!(arrivals.iter().take(1).next(), Some(held[0]));
    let zoe = reader(&world.host, "Zoë", "zoe@example.com");
    assert_eq!(
        write(&world, &zoe, "holidays", "chat").state,
        MessageState::Sent
    );
    drop(release);
}

#[test]
fn stop_waits_for_messages_being_sent() {
    let (arrived, arrivals) = channel();
    let (release, released) = channel();
    let released = Mutex::new(released);
    let slow = move |envelope: &Envelope| {
        arrived.send(envelope.message.id).unwrap();
        released.lock().unwrap().recv().unwrap();
        Ok(Accepted::default())
    };
    let world = office(odd(slow));
    let ada = reader(&world.host, "Ada", "ada@example.com");
    let letter = super::office::letter("courses", "odd");
    let new = regulars::host::NewInteraction {
        data: Some(letter),
        ..regulars::host::NewInteraction::new(ada.id, "note")
    };
    world.host.record(new).unwrap();
    let id = arrivals.recv().unwrap();
    let host = world.host.clone();
    let stop = std::thread::spawn(move || host.stop());
    assert!(comes(|| {
        // It is stopping, and has not forgotten the message.
        let refused = world.host.set_preferences(ada.id, Preferences::default());
        refused.is_err()
    }));
    assert!(!stop.is_finished());
    release.send(()).unwrap();
    stop.join().unwrap();
    assert_eq!(world.host.message(id).unwrap().state, MessageState::Sent);
    let world = restart(world, Channels::new());
    world.host.settle().unwrap();
    assert_eq!(world.host.message(id).unwrap().attempts, 1);
}

/// A channel's answer to a message; `None` makes it panic.
type Answer = Option<Result<Accepted, SendError>>;

#[test]
fn opt_out_during_a_send_prevents_retries() {
    let (arrived, arrivals) = channel();
    let (answer, answers) = channel::<Answer>();
    let answers = Mutex::new(answers);
    let slow = move |envelope: &Envelope| {
        arrived.send(envelope.message.id).unwrap();
        // Nobody else may find the lock broken.
        let answer = answers.lock().unwrap().recv().unwrap();
        answer.expect("told to break down")
    };
    let world = office(odd(slow));
    let busy = || Err(SendError::Transient("busy".to_owned()));
    let cases: [(&str, Answer, MessageState); 3] = [
        ("busy", Some(busy()), MessageState::Cancelled),
        ("broken", None, MessageState::Cancelled),
        ("taken", Some(Ok(Accepted::default())), MessageState::Sent),
    ];
    for (name, says, state) in cases {
        let ada = reader(&world.host, name, &format!("{name}@example.com"));
        let note = |key: &str| {
            let new = regulars::host::NewInteraction {
                data: Some(super::office::letter(key, "odd")),
                ..regulars::host::NewInteraction::new(ada.id, "note")
            };
            world.host.record(new).unwrap();
        };
        note("courses");
        let id = arrivals.recv().unwrap();
        let paused = Preferences {
            paused_until: Some(world.host.now() + jiff::SignedDuration::from_hours(1)),
            channels: None,
        };
        world.host.set_preferences(ada.id, paused).unwrap();
        answer.send(says).unwrap();
        world.host.settle().unwrap();
        let message = world.host.message(id).unwrap();
        assert_eq!(message.state, state, "{name}: {message:?}");
        if state == MessageState::Cancelled {
            let why = message.detail.unwrap();
            assert_eq!(why, "The customer asked for a pause.", "{name}");
        }
        world.go_to(world.host.now() + jiff::SignedDuration::from_hours(5));
        assert_eq!(arrivals.try_iter().count(), 0, "{name}");
    }
}

#[test]
fn channel_that_is_busy_leaves_room_for_the_others() {
    let (channels, release, arrivals) = held(PATIENT);
    let receiver = Receiver::open();
    let chat = super::postbox::channels(&receiver.settings("chat", ""));
    let world = office(channels.with(chat.get("chat").unwrap().clone()));
    let record = |customer: &Customer, key: &str, channel: &str| {
        let new = regulars::host::NewInteraction {
            data: Some(super::office::letter(key, channel)),
            ..regulars::host::NewInteraction::new(customer.id, "note")
        };
        world.host.record(new).unwrap();
    };
    let ada = reader(&world.host, "Ada", "ada@example.com");
    // More than are taken up at once.
    for index in 0..400_u32 {
        record(&ada, &words(index), "odd");
    }
    let zoe = reader(&world.host, "Zoë", "zoe@example.com");
    record(&zoe, "holidays", "chat");
    assert!(comes(|| {
        let sent = world.messages(zoe.id);
        sent.first()
            .is_some_and(|it| it.state == MessageState::Sent)
    }));
    let mut at_once = 0;
    assert!(comes(|| {
        at_once += arrivals.try_iter().count();
        at_once >= 4
    }));
    assert_eq!(at_once, 4, "half of the threads");
    for _ in 0..400 {
        release.send(()).unwrap();
    }
    world.host.settle().unwrap();
    let unsent = world.messages(ada.id);
    let unsent = unsent.iter().filter(|it| it.state != MessageState::Sent);
    assert_eq!(unsent.count(), 0);
    assert_eq!(arrivals.try_iter().count(), 396);
}

/// A number without digits, since texts that differ in those alone are the same text.
fn words(mut number: u32) -> String {
    let mut word = String::from("x");
    while number > 0 {
        word.push(char::from(b'a' + (number % 10) as u8));
        number /= 10;
    }
    word
}

#[test]
fn sixteen_that_hang_are_the_most_that_a_channel_gets() {
    let (channels, release, arrivals) = held(BRIEF);
    let world = office(channels);
    let ada = reader(&world.host, "Ada", "ada@example.com");
    for index in 0..16 {
        let hangs = write(&world, &ada, &words(index), "odd");
        assert!(hangs.unconfirmed_at.is_some(), "{hangs:?}");
    }
    let more = write(&world, &ada, "one more", "odd");
    assert_eq!(more.state, MessageState::Queued);
    assert_eq!(more.unconfirmed_at, None, "it was not handed over");
    assert!(more.detail.unwrap().contains("still hang"));
    assert_eq!(arrivals.try_iter().count(), 16);
    // When one of them has ended, there is room again.
    release.send(()).unwrap();
    assert!(comes(|| {
        world.go_to(world.host.now() + jiff::SignedDuration::from_mins(1));
        arrivals.try_iter().count() > 0
    }));
    drop(release);
}

#[test]
fn channel_without_an_address_ignores_suppressions() {
    let world = office(channels("[log]\nenabled = true"));
    let ada = reader(&world.host, "Ada", "ada@example.com");
    let point = ContactPoint {
        kind: ContactKind::Email,
        value: "ada@example.com".to_owned(),
        label: None,
    };
    let reason = SuppressionReason::Unsubscribed;
    world.host.suppress(&point, reason, "staff").unwrap();
    let message = write(&world, &ada, "courses", "log");
    assert_eq!(message.state, MessageState::Sent, "{message:?}");
}
