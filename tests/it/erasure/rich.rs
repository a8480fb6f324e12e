//! A customer of whom there is something in every table, and what looks for the remains.

use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine};
use regulars::Host;
use regulars::clock::ManualClock;
use regulars::config::{Config, Transcripts};
use regulars::host::{DoctorOptions, NewConsent, NewCustomer, Recorded, examine};
use regulars::model::*;
use regulars::outbox::Channels;
use regulars::store::{PageRequest, RetryQuery};
use rusqlite::Connection;
use serde_json::json;

use crate::outreach::MORNING;
use crate::outreach::post::Post;
use crate::world::{Moves, World, at, builder};

/// A telephone that everybody has.
pub const SHARED: &str = "+49305550000";

pub fn email(mark: &str) -> String {
    format!("quirin@{mark}.example")
}

/// A host that sends by [`Post`] and keeps all transcripts.
pub fn world(post: &Post) -> World {
    let dir = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(at(MORNING));
    let config = Config {
        time_zone: "Europe/Berlin".to_owned(),
        seed: Some(11),
        transcripts: Transcripts {
            one_in: 1,
            ..Transcripts::default()
        },
        ..Config::default()
    };
    let host = builder(dir.path(), &clock)
        .config(config)
        .channels(Channels::new().with(post.channel()))
        .public_url("https://crm.example.org/")
        .build()
        .unwrap();
    let world = World { host, clock, dir };
    world.install("parrot");
    world
}

/// The customer. Everything that is said of them holds their mark.
pub struct Rich {
    pub id: CustomerId,
    mark: &'static str,
}

impl Rich {
    pub fn new(world: &World, mark: &'static str, zone: &str) -> Rich {
        let host = &world.host;
        let point =
            |kind, value: String, label: Option<String>| ContactPoint { kind, value, label };
        let mut contact_points = vec![
            point(
                ContactKind::Email,
                email(mark),
                Some(format!("{mark} work")),
            ),
            point(ContactKind::Tel, SHARED.to_owned(), None),
            point(
                ContactKind::External,
                format!("{mark}-0042"),
                Some(format!("{mark} card")),
            ),
        ];
        if mark == "zqxalpha" {
            contact_points.push(point(ContactKind::Tel, "+41445551234".to_owned(), None));
        }
        let new = NewCustomer {
            display_name: Some(format!("Emilia {mark}vogel")),
            given_name: Some("Emilia".to_owned()),
            language: Some(format!("de-{mark}")),
            birthday: Some("1990-05-12".parse().unwrap()),
            time_zone: Some(zone.to_owned()),
            level: Level::High,
            topics: [format!("{mark} topic")].into(),
            tags: [format!("{mark} tag")].into(),
            contact_points,
            ..NewCustomer::default()
        };
        let id = host.create_customer(new).unwrap().id;
        let rich = Rich { id, mark };
        rich.says(world);
        rich.is_written_to(world);
        rich.is_worked_for(world);
        rich
    }

    fn text(&self, what: &str) -> String {
        format!("{} {what}", self.mark)
    }

    fn visit(&self, world: &World, text: &str) -> Recorded {
        let data = json!({ "said": self.text("data") });
        world.record_with(self.id, "visit", Some(text), data)
    }

    /// Consents, preferences, complaints.
    fn says(&self, world: &World) {
        let host = &world.host;
        for purpose in Purpose::ALL {
            let (kind, given) = (ContactKind::Email, ConsentState::Given);
            let new = NewConsent {
                note: Some(self.text("note")),
                ..NewConsent::new(kind, purpose, given, self.text("form"))
            };
            host.consent(self.id, new).unwrap();
        }
        let preferences = Preferences {
            paused_until: None,
            channels: Some(["email".to_owned(), self.text("pigeon")].into()),
        };
        host.set_preferences(self.id, preferences).unwrap();
        let complaint =
            world.record_with(self.id, "complaint", Some(&self.text("is cold")), json!({}));
        let by = Some(self.text("clerk"));
        let note = Some(self.text("heating"));
        host.close_complaint(complaint.interaction.id, by, note)
            .unwrap();
    }

    /// A message that is sent, and one that waits.
    fn is_written_to(&self, world: &World) {
        self.visit(world, &self.text("hello"));
        self.visit(world, &self.text("again"));
        let states: Vec<_> = world.messages(self.id).iter().map(|it| it.state).collect();
        assert_eq!(states, [MessageState::Queued, MessageState::Sent]);
    }

    /// A question that was answered, a task that was closed, an action.
    fn is_worked_for(&self, world: &World) {
        let host = &world.host;
        let desk = host.desk(self.id).unwrap();
        let answer = &desk.questions[0].choices[0];
        host.answer_question(desk.questions[0].id, answer, Some(self.text("clerk")))
            .unwrap();
        let note = Some(self.text("done"));
        let by = Some(self.text("clerk"));
        host.close_task(desk.tasks[0].id, &self.text("outcome"), note, by)
            .unwrap();
        assert!(!desk.cards.is_empty());
        let call = ActionCall {
            plugin: "parrot".parse().unwrap(),
            action: "say".to_owned(),
            customer: Some(self.id),
            caller: regulars_manifest::Caller::Staff,
            input: json!({ "text": self.text("action") }),
        };
        let name = uuid::Uuid::from_u128(self.mark.bytes().map(u128::from).sum());
        host.act_once(call, name).unwrap();
        host.settle().unwrap();
    }

    /// Dead letters, and events that wait to be tried again.
    pub fn fail(all: &[&Rich], world: &World) {
        for rich in all {
            rich.visit(world, &format!("retry {}", rich.text("first")));
        }
        for _ in 0..8 {
            world.go_to(world.clock.now_plus_hours(12));
        }
        for rich in all {
            rich.visit(world, &format!("retry {}", rich.text("later")));
            let about = RetryQuery {
                customer: Some(rich.id),
                ..RetryQuery::default()
            };
            let page = PageRequest::first(10);
            let deferred = world.host.deferred(&about, page).unwrap().items;
            let dead: Vec<bool> = deferred.iter().map(|it| it.dead).collect();
            assert_eq!(dead, [true, false]);
        }
    }

    /// Names and addresses that were replaced before the erasure.
    pub fn lose_some(&self, world: &World) {
        let host = &world.host;
        let old = ContactPoint {
            kind: ContactKind::Email,
            value: format!("old@{}.example", self.mark),
            label: None,
        };
        host.add_contact_point(self.id, old.clone()).unwrap();
        host.remove_contact_point(self.id, old).unwrap();
        let patch = CustomerPatch {
            display_name: Some(Some(format!("Emilia {}spatz", self.mark))),
            ..CustomerPatch::default()
        };
        host.update_customer(self.id, &patch, None).unwrap();
    }
}

/// Everything that is kept of a customer.
pub fn exported(host: &Host, id: CustomerId) -> String {
    serde_json::to_string(&host.export_customer(id).unwrap()).unwrap()
}

/// The transcripts of a customer's runs, as they are kept.
pub fn packed(sql: &Connection, id: CustomerId) -> Vec<Vec<u8>> {
    let mut found = sql
        .prepare(
            "SELECT substr(t.packed, 1, 200) FROM transcript t JOIN run r ON r.seq = t.run
             JOIN customer c ON c.key = r.customer WHERE c.id = ?",
        )
        .unwrap();
    let rows = found
        .query_map([id.0.as_bytes()], |row| row.get(0))
        .unwrap();
    rows.map(Result::unwrap).collect()
}

/// A text as it may stand in a file: as it is, in UTF-16, in base64 and in hexadecimal digits.
pub fn disguises(text: &str) -> Vec<Vec<u8>> {
    let units = || text.encode_utf16();
    let mut forms: Vec<Vec<u8>> = vec![
        text.into(),
        units().flat_map(u16::to_le_bytes).collect(),
        units().flat_map(u16::to_be_bytes).collect(),
        text.bytes()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
            .into(),
    ];
    for before in 0..3 {
        let shifted = [vec![b' '; before], text.as_bytes().to_vec()].concat();
        let encoded = BASE64_STANDARD_NO_PAD.encode(shifted);
        // Digits that hold bits of what stands before or after are not its own.
        let first = (8 * before).div_ceil(6);
        let last = 8 * (before + text.len()) / 6;
        forms.push(encoded.as_bytes()[first..last].to_vec());
    }
    forms
}

/// Every file of a directory, as it is now, in lower case.
pub struct Files(Vec<(PathBuf, Vec<u8>, Vec<u8>)>);

impl Files {
    pub fn of(directory: &Path) -> Files {
        let mut files = Vec::new();
        collect(directory, &mut files);
        assert!(files.len() > 1, "no files in {}", directory.display());
        Files(files)
    }

    pub fn hold(&self, bytes: &[u8]) -> bool {
        self.found(&[bytes.to_vec()]).is_some()
    }

    /// The first file that holds one of these, and what is around it.
    pub fn found(&self, needles: &[Vec<u8>]) -> Option<String> {
        for needle in needles {
            for (path, bytes, lower) in &self.0 {
                let finder = memchr::memmem::Finder::new(needle);
                let place = finder.find(bytes).or_else(|| finder.find(lower));
                if let Some(place) = place {
                    let around = &bytes[place.saturating_sub(80)..bytes.len().min(place + 120)];
                    return Some(format!(
                        "{} at {place}: {}",
                        path.display(),
                        around.escape_ascii()
                    ));
                }
            }
        }
        None
    }
}

fn collect(directory: &Path, files: &mut Vec<(PathBuf, Vec<u8>, Vec<u8>)>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            let lower = bytes.to_ascii_lowercase();
            files.push((path, bytes, lower));
        }
    }
}

impl World {
    /// Fails the test where the doctor has anything to say against the rows of the file.
    pub fn sound(&self) {
        let checkup = DoctorOptions {
            time_zone: "Europe/Berlin",
            now: self.host.now(),
            quick: false,
        };
        let found = examine(&self.dir.path().join("crm.db"), &checkup, |_, _, _| {});
        let errors: Vec<&Finding> = found
            .iter()
            .filter(|it| it.state == FindingState::Error && it.check != "disk")
            .collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}
