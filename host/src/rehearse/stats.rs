use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use regulars_manifest::EffectKind;

use super::baseline::Differences;
use super::customer_result::{CustomerResult, by_contacts};
use super::fuel::FuelHistogram;
use super::report::{
    Contacts, Example, FailureSum, HistogramBar, KindSum, Messages, Occasions, Order, Partial,
    Person, PluginReport, RuleSum, Week,
};
use super::samples::{Samples, rank};
use crate::model::*;
use crate::pipeline::CompletedRun;

/// The most people that a report names.
const NAMED: usize = 20;

/// The statistics of one plugin, for one customer or many.
#[derive(Debug, Clone, Default)]
pub(super) struct Stats {
    runs: u64,
    failed: u64,
    failures: Vec<Ranked<FailureSum>>,
    fuel: FuelHistogram,
    peak_memory: u64,
    pub suggested: u64,
    pub asked: u64,
    pub sent: u64,
    /// Opened, including those that ask staff about a level.
    pub tasks: u64,
    pub denied: u64,
    kinds: BTreeMap<EffectKind, KindSum>,
    pub messages: Messages,
    rules: Vec<Ranked<RuleSum>>,
}

/// A sum with the example of the lowest rank.
#[derive(Debug, Clone)]
struct Ranked<T> {
    rank: u64,
    sum: T,
}

impl Stats {
    /// Returns the number of contacts.
    pub fn contacts(&self) -> u64 {
        self.suggested + self.asked + self.sent
    }

    /// Counts a decided run.
    pub fn ran(&mut self, ran: &CompletedRun, customer: CustomerId, at: Timestamp) {
        self.runs += 1;
        self.fuel.add(ran.fuel);
        self.peak_memory = self.peak_memory.max(ran.peak_memory);
        if let Some((kind, detail)) = &ran.failure {
            self.failed += 1;
            let example = Example {
                customer,
                at,
                detail: detail.clone(),
            };
            let sum = FailureSum {
                kind: *kind,
                count: 1,
                example,
            };
            merge_failure(
                &mut self.failures,
                Ranked {
                    rank: rank(ran.id, 0),
                    sum,
                },
            );
            return;
        }
        for proposal in &ran.proposals {
            self.proposed(proposal);
            self.held_back(&proposal.decision, customer, at, ran.id);
        }
    }

    fn proposed(&mut self, proposal: &Proposal) {
        let kind = proposal.effect.kind();
        let sum = self.kinds.entry(kind).or_insert(none_of(kind));
        sum.proposed += 1;
        match proposal.decision.outcome {
            VerdictOutcome::Allow => sum.allowed += 1,
            VerdictOutcome::Defer { .. } => sum.deferred += 1,
            VerdictOutcome::Deny => {
                sum.denied += 1;
                self.denied += 1;
                return;
            }
            VerdictOutcome::HeldOut => {
                sum.held_out += 1;
                return;
            }
        }
        match kind {
            EffectKind::Suggest => self.suggested += 1,
            EffectKind::Ask => self.asked += 1,
            _ => {}
        }
    }

    /// Counts the rules that deferred or denied a proposal. A rule that deferred a message beyond its deadline counts
    /// as denying it.
    pub fn held_back(
        &mut self,
        decision: &Decision,
        customer: CustomerId,
        at: Timestamp,
        run: RunId,
    ) {
        let denied = decision.outcome == VerdictOutcome::Deny;
        let put_off = matches!(decision.outcome, VerdictOutcome::Defer { .. });
        let mut seen: Vec<&str> = Vec::new();
        for verdict in &decision.verdicts {
            let (deferred, barred) = match verdict.outcome {
                VerdictOutcome::Deny if denied => (0, 1),
                VerdictOutcome::Defer { .. } if put_off && is_of_way(verdict, decision) => (1, 0),
                VerdictOutcome::Defer { .. } if denied && made_late(verdict, decision) => (0, 1),
                _ => continue,
            };
            // Of several channels, each has a verdict of its own.
            if seen.contains(&&*verdict.rule) {
                continue;
            }
            seen.push(&verdict.rule);
            let sum = RuleSum {
                rule: verdict.rule.to_string(),
                deferred,
                denied: barred,
                example: Example {
                    customer,
                    at,
                    detail: verdict.detail.to_string(),
                },
            };
            let rank = rank(run, seen.len());
            merge_rule(&mut self.rules, Ranked { rank, sum });
        }
    }

    pub fn merge(&mut self, other: Stats) {
        self.runs += other.runs;
        self.failed += other.failed;
        self.fuel.merge(&other.fuel);
        self.peak_memory = self.peak_memory.max(other.peak_memory);
        self.suggested += other.suggested;
        self.asked += other.asked;
        self.sent += other.sent;
        self.tasks += other.tasks;
        self.denied += other.denied;
        self.messages.sent += other.messages.sent;
        self.messages.waiting += other.messages.waiting;
        self.messages.denied += other.messages.denied;
        self.messages.expired += other.messages.expired;
        self.messages.cancelled += other.messages.cancelled;
        for failure in other.failures {
            merge_failure(&mut self.failures, failure);
        }
        for rule in other.rules {
            merge_rule(&mut self.rules, rule);
        }
        for (kind, more) in other.kinds {
            let sum = self.kinds.entry(kind).or_insert(none_of(kind));
            sum.proposed += more.proposed;
            sum.allowed += more.allowed;
            sum.deferred += more.deferred;
            sum.denied += more.denied;
            sum.held_out += more.held_out;
        }
    }

    pub fn came(&self, budget: u64) -> PluginReport {
        let mut failures: Vec<_> = self.failures.iter().map(|it| it.sum.clone()).collect();
        failures.sort_by_key(|it| (std::cmp::Reverse(it.count), format!("{:?}", it.kind)));
        let mut rules: Vec<_> = self.rules.iter().map(|it| it.sum.clone()).collect();
        rules.sort_by(|a, b| {
            let most = |it: &RuleSum| it.denied + it.deferred;
            most(b).cmp(&most(a)).then_with(|| a.rule.cmp(&b.rule))
        });
        PluginReport {
            runs: self.runs,
            failed: self.failed,
            failures,
            fuel: self.fuel.sum(budget),
            peak_memory: self.peak_memory,
            suggested: self.suggested,
            asked: self.asked,
            sent: self.sent,
            tasks: self.tasks,
            proposals: self.kinds.values().copied().collect(),
            messages: self.messages,
            rules,
        }
    }
}

/// Returns true if the verdict is about the route that the message takes.
fn is_of_way(verdict: &Verdict, decision: &Decision) -> bool {
    let route = decision.route.as_ref();
    let channel = verdict.channel.as_ref();
    channel.is_none_or(|channel| route.is_none_or(|route| route.channel == *channel))
}

/// Returns true if the verdict deferred a message beyond its deadline.
fn made_late(verdict: &Verdict, decision: &Decision) -> bool {
    // They come last: after those of the rules about time, none of which denies.
    let newest_first = decision.verdicts.iter().rev();
    let mut late = newest_first.take_while(|it| it.outcome == VerdictOutcome::Deny);
    late.any(|late| {
        let is_late = matches!(&*late.rule, "waiting" | "expiry" | "service");
        let of_all = verdict.channel.is_none() || late.channel.is_none();
        is_late && (of_all || verdict.channel == late.channel)
    })
}

fn none_of(kind: EffectKind) -> KindSum {
    KindSum {
        kind,
        proposed: 0,
        allowed: 0,
        deferred: 0,
        denied: 0,
        held_out: 0,
    }
}

fn merge_failure(sums: &mut Vec<Ranked<FailureSum>>, more: Ranked<FailureSum>) {
    match sums.iter_mut().find(|it| it.sum.kind == more.sum.kind) {
        Some(known) => {
            known.sum.count += more.sum.count;
            if more.rank < known.rank {
                (known.rank, known.sum.example) = (more.rank, more.sum.example);
            }
        }
        None => sums.push(more),
    }
}

fn merge_rule(sums: &mut Vec<Ranked<RuleSum>>, more: Ranked<RuleSum>) {
    match sums.iter_mut().find(|it| it.sum.rule == more.sum.rule) {
        Some(known) => {
            known.sum.deferred += more.sum.deferred;
            known.sum.denied += more.sum.denied;
            if more.rank < known.rank {
                (known.rank, known.sum.example) = (more.rank, more.sum.example);
            }
        }
        None => sums.push(more),
    }
}

/// The statistics of all customers.
pub(super) struct Sum {
    pub people: u64,
    pub affected: u64,
    pub cut_short: u64,
    pub order: Order,
    /// True if the customers were also rehearsed with the installed version.
    pub compared: bool,
    pub partial: Option<Partial>,
    pub occasions: Occasions,
    /// In the order of the plugins.
    pub members: Vec<Stats>,
    pub most: Vec<Person>,
    pub samples: Samples,
    of_plugin: BTreeMap<u64, u64>,
    of_all: BTreeMap<u64, u64>,
    weeks: BTreeMap<u32, [u64; 3]>,
    pub differences: Differences,
}

impl Sum {
    pub fn new(members: usize, order: Order) -> Sum {
        Sum {
            people: 0,
            affected: 0,
            cut_short: 0,
            order,
            compared: false,
            partial: None,
            occasions: Occasions::default(),
            members: vec![Stats::default(); members],
            most: Vec::new(),
            samples: Samples::default(),
            of_plugin: BTreeMap::new(),
            of_all: BTreeMap::new(),
            weeks: BTreeMap::new(),
            differences: Differences::default(),
        }
    }

    /// Adds a customer. The same customers in the same order give the same sum.
    pub fn add(&mut self, found: CustomerResult) {
        let person = found.person();
        self.people += 1;
        self.affected += u64::from(person.contacts + person.tasks > 0);
        self.cut_short += u64::from(found.cut_short);
        *self.of_plugin.entry(person.contacts).or_default() += 1;
        *self.of_all.entry(person.contacts_of_all).or_default() += 1;
        if person.contacts + person.tasks > 0 {
            let place = self
                .most
                .partition_point(|other| by_contacts(other, &person).is_lt());
            if place < NAMED {
                self.most.insert(place, person);
                self.most.truncate(NAMED);
            }
        }
        self.occasions.interactions += found.occasions.interactions;
        self.occasions.changes += found.occasions.changes;
        self.occasions.schedules += found.occasions.schedules;
        self.occasions.timers += found.occasions.timers;
        self.occasions.caused += found.occasions.caused;
        self.samples.merge(found.samples);
        for (week, counts) in found.weeks {
            let sum = self.weeks.entry(week).or_default();
            for (sum, more) in sum.iter_mut().zip(counts) {
                *sum += more;
            }
        }
        for (sum, more) in self.members.iter_mut().zip(found.members) {
            sum.merge(more);
        }
    }

    /// Returns the histograms, and all weeks up to `last`.
    pub fn contacts(&self, first: Date, last: u32) -> Contacts {
        let bars = |of: &BTreeMap<u64, u64>| {
            let bars = of.iter();
            let bars = bars.map(|(&contacts, &people)| HistogramBar { contacts, people });
            bars.collect()
        };
        let weeks = (0..=last).map(|week| {
            let [suggested, asked, sent] = self.weeks.get(&week).copied().unwrap_or_default();
            Week {
                from: first.saturating_add((i64::from(week) * 7).days()),
                suggested,
                asked,
                sent,
            }
        });
        Contacts {
            of_plugin: bars(&self.of_plugin),
            of_all: bars(&self.of_all),
            weeks: weeks.collect(),
        }
    }
}
