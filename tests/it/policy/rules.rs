//! Each rule in a story of its own, and what it says.

use regulars::model::*;
use regulars::policy::{Cap, Most, ProposalId, fingerprint};
use regulars::store::PointView;
use uuid::Uuid;

use super::scene::{Proposed, Scene, days, minutes, point, said};
use crate::world::at;

use VerdictOutcome::{Allow, Deny};

fn until(text: &str) -> VerdictOutcome {
    VerdictOutcome::Defer {
        until: Some(at(text)),
    }
}

/// A service message that answers to something of yesterday, from a plugin that may send it.
fn service(scene: &Scene) -> Proposed {
    let mut one = Proposed::new("workshop", Purpose::Service);
    one.cause_at = Some(scene.now - days(1));
    one.service_granted = true;
    one
}

/// Changes the customer's email address.
fn with_email(change: impl FnOnce(&mut PointView)) -> Scene {
    let mut scene = Scene::new();
    change(&mut scene.known.points[0]);
    scene
}

#[test]
fn message_is_allowed_when_every_rule_passes() {
    let decision = Scene::new().one(&Proposed::new("one", Purpose::Offer));
    assert_eq!(decision.outcome, Allow);
    let route = decision.route.unwrap();
    assert_eq!(
        (route.channel.as_str(), route.point),
        ("email", Some([1; 32]))
    );
    let rules: Vec<&str> = decision.verdicts.iter().map(|it| &*it.rule).collect();
    let order = [
        "channel",
        "suppression",
        "consent",
        "level",
        "topic",
        "pause",
        "complaint",
        "repeat",
        "quiet-hours",
        "cap",
    ];
    assert_eq!(rules, order);
    // Whoever reads the decision learns the channel, never the hash.
    let json =
        serde_json::to_value(Scene::new().one(&Proposed::new("one", Purpose::Offer))).unwrap();
    assert_eq!(json["route"], serde_json::json!({ "channel": "email" }));
    assert_eq!(json["verdicts"][0]["channel"], "email");
}

#[test]
fn suppressed_contact_point_stays_silent_for_everything() {
    let scene = with_email(|point| point.suppressed = Some(SuppressionReason::Unsubscribed));
    for one in [Proposed::new("one", Purpose::Care), service(&scene)] {
        let decision = scene.one(&one);
        assert_eq!((&decision.outcome, decision.route.as_ref()), (&Deny, None));
        let (outcome, detail) = said(&decision, "suppression");
        assert_eq!((outcome, detail.contains("unsubscribed")), (&Deny, true));
    }
}

#[test]
fn unknown_consent_denies() {
    let blank = with_email(|point| point.consents.clear());
    assert_eq!(
        said(&blank.one(&Proposed::new("one", Purpose::Care)), "consent").0,
        &Deny
    );
    assert_eq!(blank.one(&service(&blank)).outcome, Allow);

    let withdrawn = with_email(|point| {
        point
            .consents
            .insert(Purpose::Service, ConsentState::Withdrawn);
    });
    assert_eq!(withdrawn.one(&service(&withdrawn)).outcome, Deny);
    assert_eq!(
        withdrawn.one(&Proposed::new("one", Purpose::Care)).outcome,
        Allow
    );

    // In person nobody's consent is asked.
    let desk = Proposed::new("one", Purpose::Care).with(|it| it.channels = vec!["desk".to_owned()]);
    assert_eq!(blank.one(&desk).outcome, Allow);
}

#[test]
fn message_takes_the_first_way_that_is_open_now() {
    let mut scene = Scene::new();
    let ways = Proposed::new("one", Purpose::Care)
        .with(|it| it.channels = ["pigeon", "sms", "email", "desk"].map(str::to_owned).into());
    let channel = |scene: &Scene| scene.one(&ways).route.map(|route| route.channel);
    assert_eq!(channel(&scene).as_deref(), Some("email"));
    let decision = scene.one(&ways);
    let verdict = |channel: &str| {
        let of_channel = decision.verdicts.iter();
        of_channel
            .filter(|it| it.rule == "channel" && it.channel.as_deref() == Some(channel))
            .map(|it| &*it.detail)
            .next()
            .unwrap()
    };
    assert!(verdict("pigeon").contains("no channel “pigeon”"));
    assert!(verdict("sms").contains("No telephone number"));

    // At night the desk is the one that wakes nobody up.
    scene.now = at("2026-03-02T22:00:00Z");
    assert_eq!(channel(&scene).as_deref(), Some("desk"));
    scene.known.channels = Some(["email".to_owned()].into());
    assert_eq!(scene.one(&ways).outcome, until("2026-03-03T07:00:00Z"));
    scene.known.points[0].bounced = true;
    assert_eq!(scene.one(&ways).outcome, Deny);
    scene.known.points.push(point(ContactKind::Email, 2));
    assert_eq!(scene.one(&ways).route.unwrap().point, Some([2; 32]));
}

#[test]
fn at_level_low_there_is_service_alone() {
    let mut scene = Scene::new();
    scene.level = Level::Low;
    assert_eq!(
        said(&scene.one(&Proposed::new("one", Purpose::Care)), "level").0,
        &Deny
    );
    assert_eq!(scene.one(&service(&scene)).outcome, Allow);
    scene.level = Level::Medium;
    let decision = scene.one(&Proposed::new("one", Purpose::Offer));
    let (outcome, detail) = said(&decision, "level");
    assert_eq!((outcome, detail.contains("levels.medium")), (&Deny, true));
}

#[test]
fn topic_needs_a_subscription() {
    let mut scene = Scene::new();
    let yoga = Proposed::new("one", Purpose::Offer).with(|it| it.topic = Some("yoga".to_owned()));
    assert_eq!(said(&scene.one(&yoga), "topic").0, &Deny);
    scene.known.topics = ["yoga".to_owned()].into();
    assert_eq!(scene.one(&yoga).outcome, Allow);
    scene.policy.contact.topics.required = [Purpose::Offer].into();
    assert_eq!(scene.one(&yoga).outcome, Allow);
    assert_eq!(
        scene.one(&Proposed::new("one", Purpose::Offer)).outcome,
        Deny
    );
}

#[test]
fn pause_holds_and_a_complaint_denies_everything_but_service() {
    let mut scene = Scene::new();
    let care = Proposed::new("one", Purpose::Care);
    scene.known.paused_until = Some(at("2026-03-05T23:30:00Z"));
    // The pause ends at night: the morning after it is.
    assert_eq!(scene.one(&care).outcome, until("2026-03-06T07:00:00Z"));
    assert_eq!(scene.one(&service(&scene)).outcome, Allow);
    scene.policy.contact.pause.holds_service = true;
    assert_eq!(
        scene.one(&service(&scene)).outcome,
        until("2026-03-06T07:00:00Z")
    );

    let mut scene = Scene::new();
    scene.known.complaint_since = Some(at("2026-02-10T10:00:00Z"));
    assert_eq!(scene.one(&care).outcome, Deny);
    assert_eq!(scene.one(&service(&scene)).outcome, Allow);
    scene.now = at("2026-03-12T10:00:00Z");
    assert_eq!(
        scene.one(&care).outcome,
        Allow,
        "it is open for long enough"
    );
}

#[test]
fn night_hours_around_midnight_share_a_cap() {
    let mut scene = Scene::new();
    scene.policy.contact.quiet_hours.enabled = false;
    scene.policy.contact.caps.high = Most { most: 1, days: 1 };
    scene.sent(Purpose::Care, "sms", at("2026-03-02T22:00:00Z"), "x");
    scene.now = at("2026-03-02T23:05:00Z");
    let decision = scene.one(&Proposed::new("one", Purpose::Care));
    assert_eq!(decision.outcome, until("2026-03-03T22:00:00Z"));
    assert!(said(&decision, "cap").1.contains("caps.high"));
}

#[test]
fn reserved_messages_count_towards_the_cap() {
    let mut scene = Scene::new();
    // One in seven days, and one goes in three: the next is a week after that, not now.
    scene.sent(Purpose::Care, "email", scene.now + days(3), "x");
    let decision = scene.one(&Proposed::new("one", Purpose::Care));
    assert_eq!(decision.outcome, until("2026-03-12T11:00:00Z"));
}

#[test]
fn further_caps_hold_beside_the_others() {
    let mut scene = Scene::new();
    scene.policy.contact.caps.high = Most { most: 9, days: 7 };
    scene.policy.contact.caps.also = vec![Cap {
        most: 1,
        days: 20,
        levels: [Level::High].into(),
        purposes: [Purpose::Offer].into(),
        channels: ["email".to_owned()].into(),
    }];
    scene.sent(Purpose::Offer, "email", scene.now - days(2), "x");
    scene.sent(Purpose::Offer, "sms", scene.now - days(1), "y");
    let offer = Proposed::new("one", Purpose::Offer);
    assert_eq!(scene.one(&offer).outcome, until("2026-03-20T11:00:00Z"));
    assert_eq!(
        scene.one(&Proposed::new("one", Purpose::Care)).outcome,
        Allow
    );
    let desk = offer.with(|it| it.channels = vec!["desk".to_owned()]);
    assert_eq!(scene.one(&desk).outcome, Allow);
}

#[test]
fn cap_goes_to_the_best_and_losers_name_it() {
    let scene = Scene::new();
    let mut all: Vec<Proposed> = ["late", "early", "best", "kind"]
        .into_iter()
        .zip([
            Purpose::Survey,
            Purpose::Offer,
            Purpose::Offer,
            Purpose::Care,
        ])
        .zip(0_u32..)
        .map(|((plugin, purpose), index)| {
            let mut one = Proposed::new(plugin, purpose);
            one.id = ProposalId {
                run: RunId(Uuid::nil()),
                index,
            };
            one
        })
        .collect();
    all[2].priority = 5;
    let decisions = scene.decide(&all);
    let outcomes: Vec<_> = decisions.iter().map(|it| it.outcome.clone()).collect();
    let week = |number: &str| until(&format!("2026-03-{number}T11:00:00Z"));
    assert_eq!(outcomes, [week("23"), week("16"), week("09"), Allow]);
    assert!(said(&decisions[2], "cap").1.ends_with(" kind goes first."));
    assert!(said(&decisions[0], "cap").1.contains("goes first"));
    // Without a priority the id decides.
    all[2].priority = 0;
    assert_eq!(scene.decide(&all)[1].outcome, week("09"));
}

#[test]
fn service_is_granted_and_answers_to_something() {
    let mut scene = Scene::new();
    let one = service(&scene);
    let denied = |change: &dyn Fn(&mut Proposed)| {
        let mut other = one.clone();
        change(&mut other);
        let decision = scene.one(&other);
        assert_eq!(said(&decision, "service").0, &Deny);
        decision.outcome
    };
    assert_eq!(denied(&|it| it.service_granted = false), Deny);
    assert_eq!(denied(&|it| it.cause_at = None), Deny);
    assert_eq!(
        denied(&|it| it.cause_at = Some(scene.now - days(30) - minutes(1))),
        Deny
    );
    assert_eq!(
        denied(&|it| it.cause_at = Some(scene.now + minutes(1))),
        Deny
    );

    // It is beside the cap, counts for the others, and has a ceiling of its own.
    scene.sent(Purpose::Care, "email", scene.now - days(1), "x");
    assert_eq!(scene.one(&one).outcome, Allow);
    scene.known.past.clear();
    scene.sent(Purpose::Service, "email", scene.now - days(1), "x");
    assert_eq!(
        scene.one(&Proposed::new("one", Purpose::Care)).outcome,
        until("2026-03-08T11:00:00Z")
    );
    for hour in 0..4 {
        scene.sent(
            Purpose::Service,
            "desk",
            scene.now - minutes(60 * hour),
            "x",
        );
    }
    let decision = scene.one(&one);
    assert_eq!(decision.outcome, until("2026-03-08T11:00:00Z"));
    assert!(said(&decision, "cap").1.contains("service.ceiling"));
    // The cause would be too long ago by then.
    let old = Proposed {
        cause_at: Some(scene.now - days(28)),
        ..one
    };
    let decision = scene.one(&old);
    let last = decision.verdicts.last().unwrap();
    assert_eq!((&decision.outcome, &*last.rule), (&Deny, "service"));
}

#[test]
fn duplicate_is_denied_across_plugins() {
    let mut scene = Scene::new();
    scene.policy.contact.caps.high = Most { most: 9, days: 1 };
    scene.sent(
        Purpose::Care,
        "sms",
        scene.now - days(20),
        "Dear ADA,\n your 3 visits…",
    );
    let again = Proposed::new("other", Purpose::Offer)
        .with(|it| it.body = "dear ada lovelace, Your 12  visits…".to_owned());
    scene.policy.contact.repeat.days = 21;
    let decision = scene.one(&again);
    assert_eq!(decision.outcome, until("2026-03-03T11:00:00Z"));
    assert!(said(&decision, "repeat").1.contains("by earlier"));
    scene.policy.contact.repeat.purposes = [(Purpose::Offer, 20)].into();
    assert_eq!(scene.one(&again).outcome, Allow);
    // By default that is longer than a message waits.
    scene.policy.contact.repeat = regulars::policy::Repeat::default();
    scene.known.past[0].at = scene.now - days(1);
    let decision = scene.one(&again);
    assert_eq!(
        (&decision.outcome, &*decision.verdicts.last().unwrap().rule),
        (&Deny, "waiting")
    );
    let other = again.with(|it| it.body = "Dear Ada, your visits…".to_owned());
    assert_eq!(scene.one(&other).outcome, Allow);
}

#[test]
fn fingerprints_of_copies_are_stable() {
    let names = ["Ada O’Neill-Lovelace", "Ada"];
    let of = |body: &str| fingerprint("Hello", body, &names);
    let one = of("Dear Ada, 3 visits, € 12.50 left.");
    for copy in [
        "dear  ADA,\n\t3 visits, € 12.50 left. ",
        "Dear Ada O’Neill-Lovelace, 1'200 visits, € 7 left.",
        "DEAR LOVELACE, 99 VISITS, € 1,299.00 LEFT.",
        "Dear Ada, ٣ visits, € 12/24 left.",
    ] {
        assert_eq!(of(copy), one, "{copy}");
    }
    for other in [
        "Dear Ada, visits, € 12.50 left.",
        "Dear Eve, 3 visits, € 12.50 left.",
        "",
    ] {
        assert_ne!(of(other), one, "{other}");
    }
    assert_ne!(fingerprint("a", "b", &[]), fingerprint("ab", "", &[]));
    // It is stored: another value would let everything be said again.
    assert_eq!(
        format!("{one:?}"),
        "Fingerprint(90f8969028d660b1b88c662e4284d8f8)"
    );
}

#[test]
fn deferral_is_to_the_first_instant_that_every_rule_allows() {
    let mut scene = Scene::new();
    // Room from 23:30 on, which is at night; at 8 the next morning a third one is in the way.
    scene.policy.contact.caps.high = Most { most: 1, days: 1 };
    scene.sent(Purpose::Care, "sms", at("2026-03-01T22:30:00Z"), "x");
    scene.sent(Purpose::Care, "sms", at("2026-03-04T06:00:00Z"), "y");
    let one = Proposed::new("one", Purpose::Care);
    let decision = scene.one(&one);
    assert_eq!(decision.outcome, until("2026-03-05T07:00:00Z"));
    let from = one.with(|it| it.not_before = Some(at("2026-03-05T07:30:00Z")));
    assert_eq!(scene.one(&from).outcome, until("2026-03-05T07:30:00Z"));
    assert_eq!(
        said(&scene.one(&from), "not-before").0,
        &until("2026-03-05T07:30:00Z")
    );
}

#[test]
fn message_without_a_channel_is_denied_by_name() {
    let none = Proposed::new("one", Purpose::Care).with(|it| it.channels.clear());
    let decision = Scene::new().one(&none);
    assert_eq!(decision.outcome, Deny);
    assert!(said(&decision, "channel").1.contains("names no channel"));
}
