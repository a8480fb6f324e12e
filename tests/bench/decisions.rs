use std::hint::black_box;
use std::time::Instant;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use regulars::model::*;
use regulars::policy::{
    Candidate, Offered, Outreach, Policy, PolicyView, ProposalId, decide, fingerprint,
};
use regulars::store::{DeskView, OutreachView, PastMessage, PointView};
use uuid::Uuid;

use crate::REPETITIONS;
use crate::table::Table;

const DECISIONS: usize = 200_000;
/// Messages that the customer got before.
const PAST: i64 = 50;

/// Messages that one core decides in a second, each for a customer with a history.
pub fn measure(table: &mut Table) -> anyhow::Result<()> {
    let now: Timestamp = "2026-03-02T11:00:00Z".parse()?;
    let night: Timestamp = "2026-03-02T22:00:00Z".parse()?;
    let longest = Some(fingerprint(SUBJECT, BODY, &NAMES));
    for (what, now, room, known, note) in [
        ("allowed", now, true, None, "aim: ≥ 1,000,000"),
        (
            "allowed, fingerprint known",
            now,
            true,
            longest,
            "as the outbox decides again",
        ),
        ("put off by a cap", now, false, None, "aim: ≥ 1,000,000"),
        (
            "put off by the night",
            night,
            true,
            None,
            "aim: ≥ 1,000,000",
        ),
    ] {
        let scene = Scene::new(now, room)?;
        let mut rates = Vec::new();
        for _ in 0..REPETITIONS {
            let started = Instant::now();
            for _ in 0..DECISIONS {
                black_box(scene.decide(black_box(known)));
            }
            rates.push(DECISIONS as f64 / started.elapsed().as_secs_f64());
        }
        let allowed = scene.decide(known)[0].outcome == VerdictOutcome::Allow;
        anyhow::ensure!(allowed == what.starts_with("allowed"), "{what}: it is not");
        let what = format!("one message decided, {PAST} before it: {what}");
        table.add(&what, "decisions/s", &rates, note);
    }
    Ok(())
}

const NAMES: [&str; 2] = ["Ada Lovelace", "Ada"];
const SUBJECT: &str = "Your hundredth visit, Ada";
const BODY: &str = "Dear Ada, today you were here for the 100th time since 2019. We are glad that you come, and would \
                    like to say so in person: the next time you are here, a coffee is waiting for you at the desk.";

struct Scene {
    policy: Policy,
    now: Timestamp,
    zone: TimeZone,
    known: OutreachView,
    effect: Effect,
    plugin: InstallationId,
}

impl Scene {
    /// A customer at level high in Berlin, who was written to every day some time ago, and may be again or not.
    fn new(now: Timestamp, room: bool) -> anyhow::Result<Scene> {
        let offered = |name: &str, reaches| Offered {
            name: name.to_owned(),
            reaches,
        };
        let policy = Policy {
            channels: vec![
                offered("desk", None),
                offered("email", Some(ContactKind::Email)),
            ],
            ..Policy::default()
        };
        let last = now - SignedDuration::from_hours(24 * if room { 8 } else { 3 });
        let past = (0..PAST).rev().map(|number| PastMessage {
            at: last - SignedDuration::from_hours(24 * number),
            purpose: Purpose::Care,
            channel: "email".to_owned(),
            fingerprint: fingerprint("Another", "text", &[]),
            plugin: "milestones".parse().expect("an id"),
        });
        Ok(Scene {
            now,
            zone: TimeZone::get("Europe/Berlin")?,
            known: OutreachView {
                points: vec![PointView {
                    kind: ContactKind::Email,
                    hash: [1; 32],
                    suppressed: None,
                    bounced: false,
                    consents: [(Purpose::Care, ConsentState::Given)].into(),
                }],
                past: past.collect(),
                ..OutreachView::default()
            },
            effect: Effect::Message(MessageProposal {
                purpose: Purpose::Care,
                topic: None,
                subject: SUBJECT.to_owned(),
                body: BODY.to_owned(),
                channels: vec!["email".to_owned()],
                value: "a coffee".to_owned(),
                because: Because {
                    reason: "the hundredth visit".to_owned(),
                    evidence: vec![InteractionId(Uuid::nil())],
                },
                not_before: None,
                expires: None,
                dedupe_key: "visits-100".to_owned(),
            }),
            policy,
            plugin: "milestones".parse()?,
        })
    }

    fn decide(&self, fingerprint: Option<Fingerprint>) -> Vec<Decision> {
        let desk = DeskView::default();
        let view = PolicyView {
            level: Level::High,
            desk: &desk,
            depth: 0,
            outreach: Some(Outreach {
                known: &self.known,
                zone: &self.zone,
                names: &NAMES,
            }),
        };
        let candidate = Candidate {
            id: ProposalId {
                run: RunId(Uuid::nil()),
                index: 0,
            },
            installation: &self.plugin,
            priority: 0,
            effect: &self.effect,
            cause_at: None,
            service_granted: false,
            fingerprint,
            prior: None,
        };
        decide(&self.policy, self.now, &view, &[candidate])
    }
}
