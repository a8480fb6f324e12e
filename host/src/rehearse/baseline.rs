//! Comparison with the installed version over the same period.

use std::collections::BTreeMap;

use regulars_manifest::EffectKind;

use super::customer_result::CustomerResult;
use super::participants::Participants;
use super::report::{Difference, Differs, DiffersExample};
use super::stats::{Stats, Sum};
use crate::model::*;

/// The most examples of one kind of difference.
const EXAMPLES: usize = 5;

/// A proposal that no rule denied.
pub(super) struct ProposalKey {
    event: EventId,
    at: Timestamp,
    kind: EffectKind,
    /// Its text on one line.
    says: String,
}

impl ProposalKey {
    /// Returns `None` for effects that concern the plugin alone.
    pub fn of(event: &Event, effect: &Effect) -> Option<ProposalKey> {
        let says = match effect {
            Effect::Suggest(it) => format!("{}: {}", it.title, it.body),
            Effect::Ask(it) => it.text.clone(),
            Effect::Message(it) => format!("{}: {}", it.subject, it.body),
            Effect::Task(it) => format!("{}: {}", it.title, it.body),
            Effect::Tag { tag } => format!("+{tag}"),
            Effect::Untag { tag } => format!("-{tag}"),
            Effect::ProposeLevel { level, .. } => format!("{level:?}").to_lowercase(),
            Effect::Record(it) => {
                let said = it.body.as_ref().or(it.subject.as_ref());
                format!("{}: {}", it.kind, said.map_or("", String::as_str))
            }
            Effect::Remember { .. } | Effect::Wake(_) => return None,
        };
        Some(ProposalKey {
            event: event.id,
            at: event.time,
            kind: effect.kind(),
            says: crate::text::line(&says, 300),
        })
    }
}

/// Counts of differences.
#[derive(Default)]
pub(super) struct Differences {
    /// The statistics of the installed version.
    pub before: Stats,
    new: Differs,
    gone: Differs,
    reworded: Differs,
    same: u64,
    more: u64,
    fewer: u64,
}

/// The proposals of one event, by both versions.
#[derive(Default)]
struct Both {
    before: Vec<ProposalKey>,
    after: Vec<ProposalKey>,
}

impl Both {
    fn first(&self) -> Option<Timestamp> {
        self.before.iter().chain(&self.after).map(|it| it.at).min()
    }
}

impl Differences {
    /// Adds the results of one customer with both versions.
    pub fn add(&mut self, mut before: CustomerResult, after: &mut CustomerResult) {
        let person = after.person();
        let was = before.person();
        self.more += u64::from(person.contacts > was.contacts);
        self.fewer += u64::from(person.contacts < was.contacts);
        self.before.merge(std::mem::take(before.subject()));
        let mut all: BTreeMap<(EventId, EffectKind), Both> = BTreeMap::new();
        for proposal in std::mem::take(&mut before.proposals) {
            all.entry(proposal.key()).or_default().before.push(proposal);
        }
        for proposal in std::mem::take(&mut after.proposals) {
            all.entry(proposal.key()).or_default().after.push(proposal);
        }
        let mut all: Vec<Both> = all.into_values().collect();
        // An event is the same where a schedule only moved to another hour of its day.
        all.sort_by_key(Both::first);
        let (mut new, mut gone, mut reworded) = (0, 0, 0);
        for Both {
            mut before,
            mut after,
        } in all
        {
            // What is alike goes first, wherever it stands among what one run returned.
            after.retain(|proposal| {
                let place = before.iter().position(|other| other.says == proposal.says);
                if let Some(place) = place {
                    before.remove(place);
                    self.same += 1;
                }
                place.is_none()
            });
            let (mut before, mut after) = (before.into_iter(), after.into_iter());
            loop {
                let (was, is) = (before.next(), after.next());
                let (differs, count) = match (&was, &is) {
                    (None, None) => break,
                    (None, Some(_)) => (&mut self.new, &mut new),
                    (Some(_), None) => (&mut self.gone, &mut gone),
                    (Some(_), Some(_)) => (&mut self.reworded, &mut reworded),
                };
                *count += 1;
                differs.proposals += 1;
                if *count == 1 && differs.examples.len() < EXAMPLES {
                    differs.examples.extend(example(&person, was, is));
                }
            }
        }
        self.new.people += u64::from(new > 0);
        self.gone.people += u64::from(gone > 0);
        self.reworded.people += u64::from(reworded > 0);
    }
}

fn example(
    person: &super::report::Person,
    was: Option<ProposalKey>,
    is: Option<ProposalKey>,
) -> Option<DiffersExample> {
    let one = was.as_ref().or(is.as_ref())?;
    Some(DiffersExample {
        customer: person.customer,
        name: person.name.clone(),
        at: one.at,
        kind: one.kind,
        before: was.map(|proposal| proposal.says),
        after: is.map(|proposal| proposal.says),
    })
}

impl ProposalKey {
    fn key(&self) -> (EventId, EffectKind) {
        (self.event, self.kind)
    }
}

pub(super) fn report(participants: &Participants, sum: &Sum, budget: u64) -> Difference {
    let (installed, found) = (participants.subject(), &sum.differences);
    Difference {
        id: installed.id.clone(),
        version: installed.manifest.version.clone(),
        digest: installed.digest,
        came: found.before.came(budget),
        new: found.new.clone(),
        gone: found.gone.clone(),
        reworded: found.reworded.clone(),
        same: found.same,
        people_with_more: found.more,
        people_with_fewer: found.fewer,
    }
}
