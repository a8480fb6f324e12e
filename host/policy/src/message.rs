//! The decision about one message: the verdicts of all rules, its route and its time.

use super::deadline::Deadline;
use super::instant::{instant, nanos};
use super::message_history::{CountedMessage, MessageHistory};
use super::repeat::Repeat;
use super::route_option::{Context, RouteOption};
use super::timing::Timing;
use super::{
    Candidate, Outreach, Policy, channel, complaint, consent, level, not_before, pause, route,
    service, suppression, topic,
};
use regulars_model::*;

/// Decides a message, and reserves its time for the decisions that follow. `verdicts` are those of the rules
/// for all kinds of proposals.
pub(super) fn decide<'a>(
    context: Context<'a, '_>,
    past: &mut MessageHistory<'a>,
    candidate: &Candidate<'a>,
    message: &'a MessageProposal,
    mut verdicts: Vec<Verdict>,
) -> Decision {
    let Context {
        policy,
        now,
        level,
        outreach,
    } = context;
    let purpose = message.purpose;
    verdicts.extend(not_before::judge(now, message));
    verdicts.extend(service::judge(policy, now, candidate, purpose));
    let mut options = route_options(policy, outreach, message);
    verdicts.extend(route::judge(candidate, &mut options));
    let of_all = verdicts.len();
    for rule in [
        |outreach: &Outreach<'_>, _, option: &RouteOption<'_>| channel::judge(outreach, option),
        |_: &Outreach<'_>, _, option: &RouteOption<'_>| suppression::judge(option),
        |_: &Outreach<'_>, purpose, option: &RouteOption<'_>| consent::judge(purpose, option),
    ] {
        for option in &mut options {
            let Some(mut verdict) = rule(outreach, purpose, option) else {
                continue;
            };
            option.open &= verdict.outcome == VerdictOutcome::Allow;
            verdict.channel = option.named.map(str::to_owned);
            verdicts.push(verdict);
        }
    }
    let of_ways = of_all..verdicts.len();
    verdicts.extend(level::judge(policy, level, purpose));
    verdicts.extend(topic::judge(policy, outreach, message));
    verdicts.extend(pause::judge(policy, now, outreach, purpose));
    verdicts.extend(complaint::judge(policy, now, outreach, purpose));

    let mut denied = false;
    let mut earliest = now;
    for verdict in verdicts[..of_ways.start]
        .iter()
        .chain(&verdicts[of_ways.end..])
    {
        match verdict.outcome {
            VerdictOutcome::Defer { until: Some(until) } => earliest = earliest.max(until),
            VerdictOutcome::Allow => {}
            _ => denied = true,
        }
    }
    let deadline = Deadline::of(policy, now, candidate, message);
    let fingerprint = candidate
        .fingerprint
        .unwrap_or_else(|| super::fingerprint(&message.subject, &message.body, outreach.names));
    let repeat = Repeat::new(policy, purpose, fingerprint);
    let timings: Vec<Timing<'_>> = options
        .iter()
        .map(|option| {
            let span = (nanos(earliest), deadline.at);
            Timing::of(context, past, &repeat, purpose, option, span)
        })
        .collect();
    // The holdout rule will stand here, before any deferral.
    add_timing_verdicts(&mut verdicts, &options, &timings, &repeat, past);
    let expired = message.expires.is_some_and(|expires| expires <= now);
    if !expired {
        add_late_verdicts(&mut verdicts, &options, &timings, &deadline);
    }

    let first = options
        .iter()
        .zip(&timings)
        .filter(|(option, timing)| !denied && option.open && timing.at <= deadline.at)
        .min_by_key(|(_, timing)| timing.at);
    let Some((option, at, offered)) =
        first.and_then(|(option, timing)| Some((option, timing.at, option.offered?)))
    else {
        return Decision {
            outcome: VerdictOutcome::Deny,
            verdicts,
            route: None,
        };
    };
    past.reserve(
        at,
        CountedMessage {
            purpose,
            channel: &offered.name,
            fingerprint,
            plugin: candidate.installation,
            concurrent: true,
        },
    );
    Decision {
        outcome: match at > nanos(now) {
            false => VerdictOutcome::Allow,
            true => VerdictOutcome::Defer {
                until: Some(instant(at)),
            },
        },
        verdicts,
        route: Some(Route {
            channel: offered.name.clone(),
            point: option.point.map(|point| point.hash),
        }),
    }
}

/// Returns the channels that a message names, in its order, each with the customer's contact points of its
/// kind. Without any, returns one that is closed, so that the rules can report it.
fn route_options<'a>(
    policy: &'a Policy,
    outreach: &Outreach<'a>,
    message: &'a MessageProposal,
) -> Vec<RouteOption<'a>> {
    let mut options: Vec<RouteOption<'a>> = Vec::with_capacity(message.channels.len().max(1));
    for (index, named) in message.channels.iter().enumerate() {
        if message.channels[..index].contains(named) {
            continue;
        }
        let offered = policy
            .channels
            .iter()
            .find(|offered| offered.name == *named);
        let option = |point| RouteOption {
            named: Some(named),
            offered,
            point,
            open: offered.is_some(),
        };
        let before = options.len();
        if let Some(kind) = offered.and_then(|offered| offered.reaches) {
            let points = outreach
                .known
                .points
                .iter()
                .filter(|point| point.kind == kind);
            options.extend(points.map(|point| option(Some(point))));
        }
        if options.len() == before {
            options.push(option(None));
        }
    }
    if options.is_empty() {
        options.push(RouteOption {
            named: None,
            offered: None,
            point: None,
            open: false,
        });
    }
    options
}

/// Adds the verdicts of the rules about time, once if they are the same for all channels.
fn add_timing_verdicts(
    verdicts: &mut Vec<Verdict>,
    options: &[RouteOption<'_>],
    timings: &[Timing<'_>],
    repeat: &Repeat,
    past: &MessageHistory<'_>,
) {
    let alike = timings
        .windows(2)
        .all(|pair| pair[0].says_the_same(&pair[1]));
    let count = if alike { 1 } else { timings.len() };
    let most = timings.iter().map(Timing::len).max().unwrap_or(0);
    for index in 0..most {
        for (option, timing) in options.iter().zip(timings).take(count) {
            let Some(mut verdict) = timing.verdict(index, repeat, past) else {
                continue;
            };
            if !alike {
                verdict.channel = option.named.map(str::to_owned);
            }
            verdicts.push(verdict);
        }
    }
}

/// Adds a denial for each channel whose first instant is past the deadline.
fn add_late_verdicts(
    verdicts: &mut Vec<Verdict>,
    options: &[RouteOption<'_>],
    timings: &[Timing<'_>],
    deadline: &Deadline,
) {
    let alike = timings.windows(2).all(|pair| pair[0].at == pair[1].at);
    let count = if alike { 1 } else { timings.len() };
    for (option, timing) in options.iter().zip(timings).take(count) {
        if timing.at <= deadline.at {
            continue;
        }
        let Some(mut verdict) = deadline.verdict(timing.at) else {
            continue;
        };
        if !alike {
            verdict.channel = option.named.map(str::to_owned);
        }
        verdicts.push(verdict);
    }
}
