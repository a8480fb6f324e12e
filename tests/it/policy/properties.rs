//! Properties of decisions for every history, policy and set of proposals.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use regulars::model::*;
use regulars::policy::{Cap, ContactPolicy, Most, ProposalId};
use uuid::Uuid;

use super::oracle::{STEP, expected};
use super::scene::{Proposed, Scene, days, minutes, point};
use crate::world::{at, long};

fn rounds() -> ProptestConfig {
    ProptestConfig::with_cases(if long() { 20_000 } else { 400 })
}

const CHANNELS: [&str; 4] = ["desk", "email", "sms", "pigeon"];
const TOPICS: [&str; 2] = ["yoga", "sauna"];
const ZONES: [&str; 6] = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "UTC",
];

/// About the night of a clock change, in days.
fn origin() -> Timestamp {
    at("2026-03-28T12:00:00Z")
}

/// An instant on the grid, so many days around; often whole days apart, as windows are long.
fn around(from: i64, to: i64) -> impl Strategy<Value = Timestamp> {
    let day = 24 * 60 / STEP;
    let steps = prop_oneof![
        (from..to).prop_map(move |days| days * day),
        from * day..to * day,
    ];
    steps.prop_map(|steps| origin() + minutes(STEP * steps))
}

fn some<T: Clone + std::fmt::Debug + Ord + 'static>(
    all: &'static [T],
) -> impl Strategy<Value = BTreeSet<T>> {
    subsequence(all, 0..=all.len()).prop_map(|some| some.into_iter().collect())
}

/// Mostly all of them.
fn most_of(all: &'static [Purpose]) -> impl Strategy<Value = BTreeSet<Purpose>> {
    let some = subsequence(all, all.len() - 2..=all.len());
    prop_oneof![3 => Just(all.to_vec()), 1 => some].prop_map(|some| some.into_iter().collect())
}

fn cap() -> impl Strategy<Value = Cap> {
    let channels = some(&CHANNELS);
    let levels = prop_oneof![3 => Just(BTreeSet::new()), 1 => Just([Level::Medium].into())];
    (
        1_u16..4,
        1_u16..12,
        levels,
        some(&Purpose::ALL[1..]),
        channels,
    )
        .prop_map(|(most, days, levels, purposes, channels)| Cap {
            most,
            days,
            levels,
            purposes,
            channels: channels.into_iter().map(str::to_owned).collect(),
        })
}

fn most() -> impl Strategy<Value = Most> {
    (1_u16..4, 1_u16..12).prop_map(|(most, days)| Most { most, days })
}

prop_compose! {
    fn policy()(
        medium in most_of(&Purpose::ALL[1..]),
        high in most_of(&Purpose::ALL[1..]),
        required in prop_oneof![3 => Just(BTreeSet::new()), 1 => some(&Purpose::ALL[1..])],
        holds_service in any::<bool>(),
        complaint in 0_u16..12,
        repeat in 0_u16..12,
        (enabled, from, length) in (prop::bool::weighted(0.8), 0..96_i8, 1..60_i8),
        excepted in some(&CHANNELS),
        (cap_medium, cap_high, ceiling) in (most(), most(), most()),
        also in prop::collection::vec(cap(), 0..3),
        cause_days in 1_u16..30,
        waiting in 1_u16..15,
    ) -> ContactPolicy {
        let mut policy = ContactPolicy::default();
        policy.levels.medium = medium;
        policy.levels.high = high;
        policy.topics.required = required;
        policy.pause.holds_service = holds_service;
        policy.complaint.days = complaint;
        policy.repeat.days = repeat;
        policy.repeat.purposes = [(Purpose::Service, repeat / 3)].into();
        policy.quiet_hours.enabled = enabled;
        let time = |quarter: i8| jiff::civil::time(quarter / 4 % 24, quarter % 4 * 15, 0, 0);
        policy.quiet_hours.from = time(from);
        policy.quiet_hours.to = time((i16::from(from) + i16::from(length)).rem_euclid(96) as i8);
        policy.quiet_hours.except_channels = excepted.into_iter().map(str::to_owned).collect();
        policy.caps.medium = cap_medium;
        policy.caps.high = cap_high;
        policy.caps.also = also;
        policy.service.cause_days = cause_days;
        policy.service.ceiling = ceiling;
        policy.waiting.days = waiting;
        policy.check().unwrap();
        policy
    }
}

prop_compose! {
    fn contact_point()(
        kind in select(vec![ContactKind::Email, ContactKind::Tel]),
        hash in any::<u8>(),
        suppressed in prop::bool::weighted(0.1),
        bounced in prop::bool::weighted(0.05),
        given in most_of(&Purpose::ALL[1..]),
        withdrawn in prop::bool::weighted(0.1),
    ) -> regulars::store::PointView {
        let mut point = point(kind, hash);
        point.suppressed = suppressed.then_some(SuppressionReason::Requested);
        point.bounced = bounced;
        point.consents.retain(|purpose, _| given.contains(purpose));
        if withdrawn {
            point.consents.insert(Purpose::Service, ConsentState::Withdrawn);
            point.consents.insert(Purpose::Care, ConsentState::Withdrawn);
        }
        point
    }
}

prop_compose! {
    fn scene()(
        policy in policy(),
        now in around(-3, 3),
        level in prop_oneof![1 => Just(Level::Low), 6 => Just(Level::Medium), 6 => Just(Level::High)],
        zone in select(&ZONES),
        points in prop::collection::vec(contact_point(), 0..4),
        topics in some(&TOPICS),
        paused_until in prop::option::weighted(0.2, around(-3, 8)),
        complaint_since in prop::option::weighted(0.2, around(-12, 3)),
        channels in prop::option::weighted(0.1, some(&CHANNELS)),
        past in prop::collection::vec((select(&Purpose::ALL), select(&CHANNELS), around(-14, 8), "[ab]"), 0..8),
    ) -> Scene {
        let mut scene = Scene::new();
        scene.policy.contact = policy;
        scene.now = now;
        scene.level = level;
        scene.zone = TimeZone::get(zone).unwrap();
        scene.known.points = points;
        scene.known.topics = topics.into_iter().map(str::to_owned).collect();
        scene.known.paused_until = paused_until;
        scene.known.complaint_since = complaint_since;
        scene.known.channels = channels.map(|all| all.into_iter().map(str::to_owned).collect());
        for (purpose, channel, when, body) in past {
            scene.sent(purpose, channel, when, &body);
        }
        scene
    }
}

prop_compose! {
    fn proposal()(
        plugin in select(vec!["one", "two", "three"]),
        key in "[abc]",
        priority in -1..2_i32,
        purpose in select(&Purpose::ALL),
        topic in prop::option::weighted(0.2, select(&TOPICS)),
        body in "[ab]|Dear Ada, 12 minutes|dear  ADA lovelace, 7 minutes",
        channels in subsequence(&CHANNELS, 1..=4).prop_shuffle(),
        not_before in prop::option::weighted(0.2, around(-3, 8)),
        expires in prop::option::weighted(0.3, around(-3, 12)),
        cause_at in prop::option::weighted(0.8, around(-20, 3)),
        service_granted in prop::bool::weighted(0.9),
    ) -> Proposed {
        let mut one = Proposed::new(plugin, purpose).with(|message| {
            message.topic = topic.map(str::to_owned);
            message.body = body;
            message.channels = channels.into_iter().map(str::to_owned).collect();
            message.not_before = not_before;
            message.expires = expires;
            message.dedupe_key = key;
        });
        one.priority = priority;
        one.cause_at = cause_at;
        one.service_granted = service_granted;
        one
    }
}

/// Proposals with ids of their own, in no order.
fn proposals(most: usize) -> impl Strategy<Value = Vec<Proposed>> {
    let all = prop::collection::vec(proposal(), 1..=most);
    all.prop_map(|mut all| {
        for (one, index) in all.iter_mut().zip(0_u32..) {
            one.id = ProposalId {
                run: RunId(Uuid::from_u128(u128::from(index % 3))),
                index,
            };
        }
        all
    })
    .prop_shuffle()
}

/// The time at which a message is sent, if it is.
fn goes(now: Timestamp, decision: &Decision) -> Option<Timestamp> {
    match decision.outcome {
        VerdictOutcome::Allow => Some(now),
        VerdictOutcome::Defer { until } => until,
        _ => None,
    }
}

proptest! {
    #![proptest_config(rounds())]

    /// Allowed, put off to the first legal instant and no earlier one is, or denied: as the rules say
    /// when they are tried instant by instant.
    #[test]
    fn decisions_are_those_of_the_rules_tried_one_by_one(scene in scene(), proposed in proposals(4)) {
        let decisions = scene.decide(&proposed);
        let found: Vec<_> = decisions
            .iter()
            .map(|decision| {
                let channel = decision.route.as_ref().map(|route| route.channel.clone());
                (decision.outcome.clone(), channel)
            })
            .collect();
        prop_assert_eq!(&found, &expected(&scene, &proposed), "{:#?}", decisions);
        for decision in &decisions {
            if decision.outcome == VerdictOutcome::Deny {
                let why = decision.verdicts.iter().filter(|it| it.outcome == VerdictOutcome::Deny);
                prop_assert!(why.clone().count() > 0, "a denial says why: {:#?}", decision);
            }
            if let VerdictOutcome::Defer { until } = &decision.outcome {
                let latest = decision.verdicts.iter().filter_map(|verdict| match verdict.outcome {
                    VerdictOutcome::Defer { until } => until,
                    _ => None,
                });
                prop_assert!(latest.max() >= *until, "some rule names the instant: {:#?}", decision);
            }
        }
    }

    #[test]
    fn nothing_reaches_a_suppressed_point(scene in scene(), proposed in proposals(6)) {
        for decision in scene.decide(&proposed) {
            if let Some(hash) = decision.route.and_then(|route| route.point) {
                let reached = scene.known.points.iter().filter(|point| point.hash == hash);
                prop_assert!(reached.clone().any(|point| point.suppressed.is_none()));
            }
        }
    }

    /// Months of proposals: whatever was decided before, and however far ahead.
    #[test]
    fn no_window_ever_holds_more_than_its_cap(
        scene in scene(),
        rounds in prop::collection::vec((0_i64..96, proposals(4)), 1..12),
    ) {
        let mut scene = scene;
        scene.known.past.clear();
        scene.known.points.push(point(ContactKind::Email, 200));
        scene.known.complaint_since = None;
        for (steps, proposed) in rounds {
            scene.now += minutes(STEP * steps);
            let decisions = scene.decide(&proposed);
            scene.keep(&proposed, &decisions);
        }
        let contact = &scene.policy.contact;
        let of_level = match scene.level {
            Level::High => contact.caps.high,
            _ => contact.caps.medium,
        };
        let sent = &scene.known.past;
        let holds = |most: Most, counts: &dyn Fn(&regulars::store::PastMessage) -> bool| {
            let counted: Vec<_> = sent.iter().filter(|past| counts(past)).map(|past| past.at).collect();
            counted.iter().all(|start| {
                let end = *start + days(most.days.into());
                counted.iter().filter(|at| (*start..end).contains(at)).count() <= usize::from(most.most)
            })
        };
        let service = |past: &regulars::store::PastMessage| past.purpose == Purpose::Service;
        prop_assert!(holds(of_level, &|past| !service(past)));
        prop_assert!(holds(contact.service.ceiling, &service));
        for cap in &contact.caps.also {
            let most = Most { most: cap.most, days: cap.days };
            let binds = cap.levels.is_empty() || cap.levels.contains(&scene.level);
            prop_assert!(!binds || holds(most, &|past| !service(past)
                && (cap.purposes.is_empty() || cap.purposes.contains(&past.purpose))
                && (cap.channels.is_empty() || cap.channels.contains(&past.channel))));
        }
    }

    #[test]
    fn another_rule_never_lets_more_through(
        scene in scene(), one in proposal(), cap in cap(), more in 1_u16..20, until in around(-3, 8),
    ) {
        let before = goes(scene.now, &scene.one(&one));
        let mut stricter = vec![scene.clone(); 7];
        stricter[0].policy.contact.caps.also.push(cap);
        stricter[1].policy.contact.repeat.days += more;
        stricter[2].known.paused_until = scene.known.paused_until.max(Some(until));
        stricter[3].known.complaint_since = scene.known.complaint_since.max(Some(scene.now));
        stricter[4].policy.contact.topics.required = Purpose::ALL[1..].iter().copied().collect();
        stricter[5].policy.contact.quiet_hours.except_channels.clear();
        stricter[6].level = Level::Low;
        for (number, stricter) in stricter.iter().enumerate() {
            match (before, goes(stricter.now, &stricter.one(&one))) {
                (None, Some(_)) => prop_assert!(false, "rule {} lets a denied message through", number),
                (Some(before), Some(after)) => prop_assert!(before <= after, "rule {} brings one forward", number),
                _ => {}
            }
        }
    }

    #[test]
    fn order_of_proposals_makes_no_difference(
        (scene, one, other) in (scene(), proposals(6)).prop_flat_map(|(scene, proposed)| {
            (Just(scene), Just(proposed.clone()), Just(proposed).prop_shuffle())
        }),
    ) {
        let by_id = |proposed: &[Proposed]| {
            let mut all: Vec<_> = proposed.iter().map(|one| one.id).zip(scene.decide(proposed)).collect();
            all.sort_by_key(|(id, _)| *id);
            all
        };
        prop_assert_eq!(by_id(&one), by_id(&other));
    }
}
