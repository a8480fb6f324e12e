//! The decision about one message: the verdicts of all rules, its route and its time.

use super::instant::{instant, nanos};
use super::late::Latest;
use super::past::{Kept, Past};
use super::repeat::Repeat;
use super::timing::Timing;
use super::{
    Candidate, Offered, Outreach, Policy, channel, complaint, consent, level, not_before, pause,
    route, service, suppression, topic,
};
use crate::model::*;
use crate::store::PointView;

/// A channel and contact point that a message could take.
pub(super) struct Way<'a> {
    /// The channel's name in the message. `None` if the message names none.
    pub named: Option<&'a str>,
    /// `None` if the host does not have the channel.
    pub offered: Option<&'a Offered>,
    pub point: Option<&'a PointView>,
    /// True if every rule about channels allows it.
    pub open: bool,
}

/// The values that all messages decided together share.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a, 'o> {
    pub policy: &'a Policy,
    pub now: Timestamp,
    pub level: Level,
    pub outreach: &'o Outreach<'a>,
}

/// Decides a message, and reserves its time for the decisions that follow. `verdicts` are those of the rules
/// for all kinds of proposals.
pub(super) fn decide<'a>(
    ground: Ground<'a, '_>,
    past: &mut Past<'a>,
    candidate: &Candidate<'a>,
    message: &'a MessageProposal,
    mut verdicts: Vec<Verdict>,
) -> Decision {
    let Ground {
        policy,
        now,
        level,
        outreach,
    } = ground;
    let purpose = message.purpose;
    verdicts.extend(not_before::judge(now, message));
    verdicts.extend(service::judge(policy, now, candidate, purpose));
    let mut ways = ways(policy, outreach, message);
    verdicts.extend(route::judge(candidate, &mut ways));
    let of_all = verdicts.len();
    for rule in [
        |outreach: &Outreach<'_>, _, way: &Way<'_>| channel::judge(outreach, way),
        |_: &Outreach<'_>, _, way: &Way<'_>| suppression::judge(way),
        |_: &Outreach<'_>, purpose, way: &Way<'_>| consent::judge(purpose, way),
    ] {
        for way in &mut ways {
            let Some(mut verdict) = rule(outreach, purpose, way) else {
                continue;
            };
            way.open &= verdict.outcome == VerdictOutcome::Allow;
            verdict.channel = way.named.map(str::to_owned);
            verdicts.push(verdict);
        }
    }
    let of_ways = of_all..verdicts.len();
    verdicts.extend(level::judge(policy, level, purpose));
    verdicts.extend(topic::judge(policy, outreach, message));
    verdicts.extend(pause::judge(policy, now, outreach, purpose));
    verdicts.extend(complaint::judge(policy, now, outreach, purpose));

    let mut barred = false;
    let mut earliest = now;
    for verdict in verdicts[..of_ways.start]
        .iter()
        .chain(&verdicts[of_ways.end..])
    {
        match verdict.outcome {
            VerdictOutcome::Defer { until: Some(until) } => earliest = earliest.max(until),
            VerdictOutcome::Allow => {}
            _ => barred = true,
        }
    }
    let latest = Latest::of(policy, now, candidate, message);
    let fingerprint = candidate
        .fingerprint
        .unwrap_or_else(|| super::fingerprint(&message.subject, &message.body, outreach.names));
    let repeat = Repeat::new(policy, purpose, fingerprint);
    let timings: Vec<Timing<'_>> = ways
        .iter()
        .map(|way| {
            let span = (nanos(earliest), latest.at);
            Timing::of(ground, past, &repeat, purpose, way, span)
        })
        .collect();
    // The holdout rule will stand here, before any deferral.
    tell(&mut verdicts, &ways, &timings, &repeat, past);
    let expired = message.expires.is_some_and(|expires| expires <= now);
    if !expired {
        late(&mut verdicts, &ways, &timings, &latest);
    }

    let first = ways
        .iter()
        .zip(&timings)
        .filter(|(way, timing)| !barred && way.open && timing.at <= latest.at)
        .min_by_key(|(_, timing)| timing.at);
    let Some((way, at, offered)) =
        first.and_then(|(way, timing)| Some((way, timing.at, way.offered?)))
    else {
        return Decision {
            outcome: VerdictOutcome::Deny,
            verdicts,
            route: None,
        };
    };
    past.reserve(
        at,
        Kept {
            purpose,
            channel: &offered.name,
            fingerprint,
            plugin: candidate.installation,
            beside: true,
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
            point: way.point.map(|point| point.hash),
        }),
    }
}

/// Returns the channels that a message names, in its order, each with the customer's contact points of its
/// kind. Without any, returns one that is closed, so that the rules can report it.
fn ways<'a>(
    policy: &'a Policy,
    outreach: &Outreach<'a>,
    message: &'a MessageProposal,
) -> Vec<Way<'a>> {
    let mut ways: Vec<Way<'a>> = Vec::with_capacity(message.channels.len().max(1));
    for (index, named) in message.channels.iter().enumerate() {
        if message.channels[..index].contains(named) {
            continue;
        }
        let offered = policy
            .channels
            .iter()
            .find(|offered| offered.name == *named);
        let way = |point| Way {
            named: Some(named),
            offered,
            point,
            open: offered.is_some(),
        };
        let before = ways.len();
        if let Some(kind) = offered.and_then(|offered| offered.reaches) {
            let points = outreach
                .known
                .points
                .iter()
                .filter(|point| point.kind == kind);
            ways.extend(points.map(|point| way(Some(point))));
        }
        if ways.len() == before {
            ways.push(way(None));
        }
    }
    if ways.is_empty() {
        ways.push(Way {
            named: None,
            offered: None,
            point: None,
            open: false,
        });
    }
    ways
}

/// Adds the verdicts of the rules about time, once if they are the same for all channels.
fn tell(
    verdicts: &mut Vec<Verdict>,
    ways: &[Way<'_>],
    timings: &[Timing<'_>],
    repeat: &Repeat,
    past: &Past<'_>,
) {
    let alike = timings
        .windows(2)
        .all(|pair| pair[0].says_the_same(&pair[1]));
    let told = if alike { 1 } else { timings.len() };
    let most = timings.iter().map(Timing::len).max().unwrap_or(0);
    for index in 0..most {
        for (way, timing) in ways.iter().zip(timings).take(told) {
            let Some(mut verdict) = timing.verdict(index, repeat, past) else {
                continue;
            };
            if !alike {
                verdict.channel = way.named.map(str::to_owned);
            }
            verdicts.push(verdict);
        }
    }
}

/// Adds a denial for each channel whose first instant is past the deadline.
fn late(verdicts: &mut Vec<Verdict>, ways: &[Way<'_>], timings: &[Timing<'_>], latest: &Latest) {
    let alike = timings.windows(2).all(|pair| pair[0].at == pair[1].at);
    let told = if alike { 1 } else { timings.len() };
    for (way, timing) in ways.iter().zip(timings).take(told) {
        if timing.at <= latest.at {
            continue;
        }
        let Some(mut verdict) = latest.verdict(timing.at) else {
            continue;
        };
        if !alike {
            verdict.channel = way.named.map(str::to_owned);
        }
        verdicts.push(verdict);
    }
}
