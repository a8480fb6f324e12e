//! A customer, what they were sent, and messages to be decided.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use regulars::model::*;
use regulars::policy::{
    Candidate, Offered, Outreach, Policy, PolicyView, ProposalId, decide, fingerprint,
};
use regulars::store::{DeskView, OutreachView, PastMessage, PointView};
use uuid::Uuid;

use crate::world::at;

/// Everything that a decision depends on.
#[derive(Debug, Clone)]
pub struct Scene {
    pub policy: Policy,
    pub now: Timestamp,
    pub level: Level,
    pub zone: TimeZone,
    pub names: Vec<&'static str>,
    pub known: OutreachView,
}

/// A message that a plugin proposes.
#[derive(Debug, Clone)]
pub struct Proposed {
    pub id: ProposalId,
    pub plugin: InstallationId,
    pub priority: i32,
    pub effect: Effect,
    pub cause_at: Option<Timestamp>,
    pub service_granted: bool,
}

impl Scene {
    /// Noon in Berlin, level high, an email address with every consent, nothing sent yet.
    pub fn new() -> Scene {
        let channels = [
            ("desk", None),
            ("email", Some(ContactKind::Email)),
            ("sms", Some(ContactKind::Tel)),
        ]
        .map(|(name, reaches)| Offered {
            name: name.to_owned(),
            reaches,
        })
        .into();
        let policy = Policy {
            channels,
            ..Policy::default()
        };
        Scene {
            policy,
            now: at("2026-03-02T11:00:00Z"),
            level: Level::High,
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            names: vec!["Ada Lovelace", "Ada"],
            known: OutreachView {
                points: vec![point(ContactKind::Email, 1)],
                ..OutreachView::default()
            },
        }
    }

    pub fn decide(&self, proposed: &[Proposed]) -> Vec<Decision> {
        let candidates: Vec<Candidate<'_>> = proposed
            .iter()
            .map(|one| Candidate {
                id: one.id,
                installation: &one.plugin,
                priority: one.priority,
                effect: &one.effect,
                cause_at: one.cause_at,
                service_granted: one.service_granted,
                fingerprint: None,
                prior: None,
            })
            .collect();
        let desk = DeskView::default();
        let view = PolicyView {
            level: self.level,
            desk: &desk,
            depth: 0,
            outreach: Some(Outreach {
                known: &self.known,
                zone: &self.zone,
                names: &self.names,
            }),
        };
        decide(&self.policy, self.now, &view, &candidates)
    }

    pub fn one(&self, proposed: &Proposed) -> Decision {
        self.decide(std::slice::from_ref(proposed)).remove(0)
    }

    /// Something that another plugin sent.
    pub fn sent(&mut self, purpose: Purpose, channel: &str, when: Timestamp, body: &str) {
        self.known.past.push(PastMessage {
            at: when,
            purpose,
            channel: channel.to_owned(),
            fingerprint: fingerprint("Hello", body, &self.names),
            plugin: "earlier".parse().unwrap(),
        });
    }

    /// Keeps the place of what was decided, as the outbox does.
    pub fn keep(&mut self, proposed: &[Proposed], decisions: &[Decision]) {
        for (one, decision) in proposed.iter().zip(decisions) {
            let when = match decision.outcome {
                VerdictOutcome::Allow => self.now,
                VerdictOutcome::Defer { until: Some(until) } => until,
                _ => continue,
            };
            let message = one.message();
            self.known.past.push(PastMessage {
                at: when,
                purpose: message.purpose,
                channel: decision.route.as_ref().unwrap().channel.clone(),
                fingerprint: fingerprint(&message.subject, &message.body, &self.names),
                plugin: one.plugin.clone(),
            });
        }
    }
}

impl Proposed {
    pub fn new(plugin: &str, purpose: Purpose) -> Proposed {
        let effect = Effect::Message(MessageProposal {
            purpose,
            topic: None,
            subject: "Hello".to_owned(),
            body: format!("From {plugin}"),
            channels: vec!["email".to_owned()],
            value: "v".to_owned(),
            because: Because {
                reason: "because".to_owned(),
                evidence: vec![InteractionId(Uuid::nil())],
            },
            not_before: None,
            expires: None,
            dedupe_key: plugin.to_owned(),
        });
        Proposed {
            id: ProposalId {
                run: RunId(Uuid::nil()),
                index: 0,
            },
            plugin: plugin.parse().unwrap(),
            priority: 0,
            effect,
            cause_at: None,
            service_granted: false,
        }
    }

    pub fn with(mut self, change: impl FnOnce(&mut MessageProposal)) -> Proposed {
        if let Effect::Message(message) = &mut self.effect {
            change(message);
        }
        self
    }

    pub fn message(&self) -> &MessageProposal {
        match &self.effect {
            Effect::Message(message) => message,
            _ => unreachable!("only messages are proposed"),
        }
    }
}

/// A contact point with every consent.
pub fn point(kind: ContactKind, hash: u8) -> PointView {
    use Purpose::*;
    let purposes = [Care, Education, Community, Offer, Survey];
    PointView {
        kind,
        hash: [hash; 32],
        suppressed: None,
        bounced: false,
        consents: purposes
            .map(|purpose| (purpose, ConsentState::Given))
            .into_iter()
            .collect::<BTreeMap<_, _>>(),
    }
}

pub fn minutes(number: i64) -> SignedDuration {
    SignedDuration::from_mins(number)
}

pub fn days(number: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * number)
}

/// A rule's verdict on its first channel, such as `deny: …`.
pub fn said<'d>(decision: &'d Decision, rule: &str) -> (&'d VerdictOutcome, &'d str) {
    let verdict = decision
        .verdicts
        .iter()
        .find(|verdict| verdict.rule == rule)
        .unwrap_or_else(|| panic!("{rule} said nothing: {decision:#?}"));
    (&verdict.outcome, &verdict.detail)
}
