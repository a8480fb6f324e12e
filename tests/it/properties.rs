//! Properties for all inputs: decisions, dates, ids.

use proptest::prelude::*;
use regulars::model::*;
use regulars::policy::{Candidate, Policy, PolicyView, ProposalId, decide};
use regulars::store::DeskView;

use crate::world::{at, long};

/// A thousand cases of each, or a hundred thousand.
fn rounds() -> ProptestConfig {
    ProptestConfig::with_cases(if long() { 100_000 } else { 1_000 })
}

fn because() -> Because {
    Because {
        reason: "because".to_owned(),
        evidence: vec![InteractionId(uuid::Uuid::nil())],
    }
}

/// Minutes from now, or never.
fn expiry() -> impl Strategy<Value = Option<Timestamp>> {
    prop::option::of(-100_i64..100)
        .prop_map(|minutes| minutes.map(|minutes| now() + jiff::SignedDuration::from_mins(minutes)))
}

fn now() -> Timestamp {
    at("2026-03-01T08:00:00Z")
}

fn effect() -> impl Strategy<Value = Effect> {
    prop_oneof![
        expiry().prop_map(|expires| Effect::Suggest(Suggestion {
            title: "card".to_owned(),
            body: String::new(),
            action: None,
            because: because(),
            expires,
        })),
        Just(Effect::Ask(QuestionProposal {
            id: "why".to_owned(),
            text: "Why?".to_owned(),
            choices: Vec::new(),
            because: because(),
        })),
        (expiry(), "[ab]").prop_map(|(expires, dedupe_key)| Effect::Message(MessageProposal {
            purpose: Purpose::Care,
            topic: None,
            subject: "s".to_owned(),
            body: "b".to_owned(),
            channels: Vec::new(),
            value: "v".to_owned(),
            because: because(),
            not_before: None,
            expires,
            dedupe_key,
        })),
        prop::option::of("[ab]").prop_map(|group_key| Effect::Task(TaskProposal {
            title: "t".to_owned(),
            body: String::new(),
            role: "owner".to_owned(),
            due: None,
            urgent: false,
            group_key,
            because: because(),
        })),
        Just(Effect::Remember {
            scope: Scope::Customer,
            key: "k".to_owned(),
            value: None
        }),
        Just(Effect::Tag {
            tag: "t".to_owned()
        }),
    ]
}

proptest! {
    #![proptest_config(rounds())]

    #[test]
    fn decisions_keep_the_rules(
        effects in prop::collection::vec((0..3_usize, -2..3_i32, effect()), 0..20),
        days_since_question in prop::option::of(0_i64..60),
        depth in 0_u8..12,
    ) {
        let plugins: Vec<InstallationId> = ["a", "b", "c"].iter().map(|id| id.parse().unwrap()).collect();
        let desk = DeskView {
            last_question_at: days_since_question
                .map(|days| now() - jiff::SignedDuration::from_hours(24 * days)),
            ..DeskView::default()
        };
        let policy = Policy::default();
        let view = PolicyView { level: Level::Low, desk: &desk, depth, outreach: None };
        let candidates: Vec<Candidate<'_>> = effects
            .iter()
            .zip(0..)
            .map(|((plugin, priority, effect), index)| Candidate {
                id: ProposalId { run: RunId(uuid::Uuid::nil()), index },
                installation: &plugins[*plugin],
                priority: *priority,
                effect,
                cause_at: None,
                service_granted: false,
                fingerprint: None,
                prior: None,
            })
            .collect();
        let decisions = decide(&policy, now(), &view, &candidates);
        prop_assert_eq!(decisions.len(), candidates.len());
        let decided: Vec<_> = candidates.iter().zip(&decisions).collect();
        let allowed = |decision: &Decision| decision.outcome != VerdictOutcome::Deny;

        let questions = decided.iter().filter(|(candidate, decision)| {
            matches!(candidate.effect, Effect::Ask(_)) && allowed(decision)
        });
        let most = usize::from(days_since_question.is_none_or(|days| days >= 30));
        prop_assert!(questions.count() <= most, "one question in 30 days");

        let mut keys = std::collections::HashSet::new();
        for (candidate, decision) in &decided {
            if !allowed(decision) {
                prop_assert!(decision.verdicts.iter().any(|verdict| verdict.outcome == VerdictOutcome::Deny
                    && !verdict.detail.is_empty()), "a denial says why");
                continue;
            }
            if let Effect::Suggest(Suggestion { expires: Some(expires), .. }) = candidate.effect {
                prop_assert!(*expires > now());
            }
            match candidate.effect {
                Effect::Message(_) => {
                    return Err(TestCaseError::fail("nothing is known of whoever it is for"));
                }
                Effect::Task(TaskProposal { group_key: Some(key), .. }) => {
                    prop_assert!(keys.insert((candidate.installation, key.clone())));
                }
                Effect::Tag { .. } => prop_assert!(depth < 8),
                _ => {}
            }
        }
        // What was not said is not remembered as said.
        for (candidate, decision) in &decided {
            if matches!(candidate.effect, Effect::Remember { .. }) {
                let unsaid = decided.iter().any(|(other, verdict)| {
                    other.installation == candidate.installation
                        && !allowed(verdict)
                        && matches!(other.effect, Effect::Suggest(_) | Effect::Ask(_) | Effect::Message(_) | Effect::Task(_))
                });
                prop_assert_eq!(allowed(decision), !unsaid);
            }
        }
    }

    #[test]
    fn birthdays_are_read_as_they_are_written(year in prop::option::of(1900_i16..2026), month in 1_i8..=12, day in 1_i8..=31) {
        let text = match year {
            Some(year) => format!("{year:04}-{month:02}-{day:02}"),
            None => format!("--{month:02}-{day:02}"),
        };
        let exists = jiff::civil::Date::new(year.unwrap_or(2000), month, day).is_ok();
        match text.parse::<Birthday>() {
            Ok(birthday) => {
                prop_assert!(exists);
                prop_assert_eq!(birthday.to_string(), text);
            }
            Err(_) => prop_assert!(!exists),
        }
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in ".{0,60}") {
        let _ = text.parse::<Birthday>();
        let _ = text.parse::<Cursor>();
        let _ = text.parse::<Digest>();
        let _ = text.parse::<InstallationId>();
        let _ = text.parse::<CustomerId>();
    }

    #[test]
    fn cursors_come_back_as_they_went(at in any::<i64>(), seq in any::<i64>()) {
        let cursor = Cursor { at, seq };
        prop_assert_eq!(cursor.to_string().parse::<Cursor>(), Ok(cursor));
    }
}

#[test]
fn year_1604_is_an_unknown_year() {
    let birthday: Birthday = "1604-02-29".parse().unwrap();
    assert_eq!(
        (birthday.year, birthday.to_string().as_str()),
        (None, "--02-29")
    );
}
