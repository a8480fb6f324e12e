//! The rules once more, written to be read rather than to be fast: an instant is tried against each of
//! them, and the first legal one is found by trying one after the other.

use jiff::Timestamp;
use regulars::model::*;
use regulars::policy::{Most, Offered, fingerprint};
use regulars::store::{PastMessage, PointView};

use super::scene::{Proposed, Scene, days, minutes};

/// The step between instants that are tried. Scenes keep everything to it.
pub const STEP: i64 = 15;

/// The outcome and channel of each proposal.
pub fn expected(scene: &Scene, proposed: &[Proposed]) -> Vec<(VerdictOutcome, Option<String>)> {
    let mut scene = scene.clone();
    let mut order: Vec<usize> = (0..proposed.len()).collect();
    order.sort_by_key(|&index| {
        let one = &proposed[index];
        (one.message().purpose, -one.priority, one.id)
    });
    let mut found = vec![(VerdictOutcome::Deny, None); proposed.len()];
    let mut keys = Vec::new();
    for index in order {
        let one = &proposed[index];
        let key = (one.plugin.clone(), one.message().dedupe_key.clone());
        if keys.contains(&key) {
            continue;
        }
        let Some((when, channel)) = first(&scene, one) else {
            continue;
        };
        keys.push(key);
        scene.known.past.push(PastMessage {
            at: when,
            purpose: one.message().purpose,
            channel: channel.clone(),
            fingerprint: said(&scene, one),
            plugin: one.plugin.clone(),
        });
        let outcome = match when == scene.now {
            true => VerdictOutcome::Allow,
            false => VerdictOutcome::Defer { until: Some(when) },
        };
        found[index] = (outcome, Some(channel));
    }
    found
}

/// The first instant at which a message may go, and by which channel.
fn first(scene: &Scene, one: &Proposed) -> Option<(Timestamp, String)> {
    let message = one.message();
    let mut when = scene.now;
    let from = message.not_before.unwrap_or(scene.now).max(scene.now);
    let last = from + days(scene.policy.contact.waiting.days.into());
    while when <= last {
        for channel in &message.channels {
            let offered = scene.policy.channels.iter().find(|it| it.name == *channel);
            if offered.is_some_and(|offered| legal(scene, one, offered, when)) {
                return Some((when, channel.clone()));
            }
        }
        when += minutes(STEP);
    }
    None
}

/// Returns true if a message may be sent by a channel at an instant.
pub fn legal(scene: &Scene, one: &Proposed, offered: &Offered, when: Timestamp) -> bool {
    let message = one.message();
    let service = message.purpose == Purpose::Service;
    let contact = &scene.policy.contact;
    let known = &scene.known;

    if message.expires.is_some_and(|expires| when >= expires)
        || message.not_before.is_some_and(|from| when < from)
    {
        return false;
    }
    if service {
        let Some(cause) = one.cause_at.filter(|_| one.service_granted) else {
            return false;
        };
        if cause > scene.now || when > cause + days(contact.service.cause_days.into()) {
            return false;
        }
    }
    if known
        .channels
        .as_ref()
        .is_some_and(|wanted| !wanted.contains(&offered.name))
    {
        return false;
    }
    if let Some(kind) = offered.reaches {
        let usable = |point: &&PointView| {
            let consent = point.consents.get(&message.purpose);
            let agreed = consent == Some(&ConsentState::Given) || service && consent.is_none();
            point.kind == kind && point.suppressed.is_none() && !point.bounced && agreed
        };
        if known.points.iter().find(usable).is_none() {
            return false;
        }
    }
    if !service {
        let purposes = match scene.level {
            Level::Low => return false,
            Level::Medium => &contact.levels.medium,
            Level::High => &contact.levels.high,
        };
        if !purposes.contains(&message.purpose) {
            return false;
        }
        match &message.topic {
            Some(topic) if !known.topics.contains(topic) => return false,
            None if contact.topics.required.contains(&message.purpose) => return false,
            _ => {}
        }
        let complaint = known.complaint_since;
        if complaint.is_some_and(|since| scene.now < since + days(contact.complaint.days.into())) {
            return false;
        }
    }
    let pauses = !service || contact.pause.holds_service;
    if pauses && known.paused_until.is_some_and(|until| when < until) {
        return false;
    }
    let repeat = *contact
        .repeat
        .purposes
        .get(&message.purpose)
        .unwrap_or(&contact.repeat.days);
    let said = said(scene, one);
    if known.past.iter().any(|past| {
        past.fingerprint == said && when.duration_since(past.at).abs() < days(repeat.into())
    }) {
        return false;
    }
    !quiet(scene, message.purpose, &offered.name, when)
        && room(scene, message.purpose, &offered.name, when)
}

fn quiet(scene: &Scene, purpose: Purpose, channel: &str, when: Timestamp) -> bool {
    let quiet = &scene.policy.contact.quiet_hours;
    if !quiet.enabled
        || quiet.except_channels.contains(channel)
        || quiet.except_purposes.contains(&purpose)
    {
        return false;
    }
    let shown = when.to_zoned(scene.zone.clone()).time();
    if quiet.from < quiet.to {
        quiet.from <= shown && shown < quiet.to
    } else {
        quiet.from <= shown || shown < quiet.to
    }
}

/// Returns true if every window stays within its cap.
fn room(scene: &Scene, purpose: Purpose, channel: &str, when: Timestamp) -> bool {
    let contact = &scene.policy.contact;
    let fits = |most: Most, counts: &dyn Fn(&PastMessage) -> bool| {
        let counted = scene.known.past.iter().filter(|past| counts(past));
        fullest(counted.map(|past| past.at), when, most) <= usize::from(most.most)
    };
    if purpose == Purpose::Service {
        return fits(contact.service.ceiling, &|past| {
            past.purpose == Purpose::Service
        });
    }
    let level = match scene.level {
        Level::Low => true,
        Level::Medium => fits(contact.caps.medium, &|_| true),
        Level::High => fits(contact.caps.high, &|_| true),
    };
    level
        && contact.caps.also.iter().all(|cap| {
            let binds = (cap.levels.is_empty() || cap.levels.contains(&scene.level))
                && (cap.purposes.is_empty() || cap.purposes.contains(&purpose))
                && (cap.channels.is_empty() || cap.channels.contains(channel));
            let most = Most {
                most: cap.most,
                days: cap.days,
            };
            !binds
                || fits(most, &|past| {
                    (cap.purposes.is_empty() || cap.purposes.contains(&past.purpose))
                        && (cap.channels.is_empty() || cap.channels.contains(&past.channel))
                })
        })
}

/// The largest number of instants in a window that contains `one`, which counts too.
fn fullest(others: impl Iterator<Item = Timestamp>, one: Timestamp, most: Most) -> usize {
    let mut all: Vec<Timestamp> = others.collect();
    all.push(one);
    let window = |start: Timestamp| start..start + days(most.days.into());
    let starts = all.iter().filter(|start| window(**start).contains(&one));
    starts
        .map(|start| all.iter().filter(|it| window(*start).contains(it)).count())
        .max()
        .unwrap_or(0)
}

fn said(scene: &Scene, one: &Proposed) -> Fingerprint {
    let message = one.message();
    fingerprint(&message.subject, &message.body, &scene.names)
}
