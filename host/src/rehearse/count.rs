//! Statistics of runs and messages for the report.

use super::baseline::ProposalKey;
use super::customer_result::name_of;
use super::customer_sim::CustomerSim;
use super::report::Sample;
use super::samples::rank;
use crate::model::*;
use crate::pipeline::CompletedRun;

/// Most evidence that a sample shows.
const EVIDENCE: usize = 10;

impl CustomerSim<'_> {
    pub(super) fn count(&mut self, ran: &CompletedRun, event: &Event) {
        let customer = event.customer;
        let plugin = &ran.active.installation.id;
        if let Some(stats) = self.stats_of(plugin) {
            stats.ran(ran, customer, event.time);
        }
        if *plugin != self.participants.subject().id || ran.failure.is_some() {
            return;
        }
        for (index, proposal) in ran.proposals.iter().enumerate() {
            self.sample(ran, index, proposal, event);
            let goes = matches!(
                proposal.decision.outcome,
                VerdictOutcome::Allow | VerdictOutcome::Defer { .. }
            );
            match proposal.effect {
                Effect::Suggest(_) if goes => self.in_week(event.time, 0),
                Effect::Ask(_) if goes => self.in_week(event.time, 1),
                _ => {}
            }
            if goes && self.sim.before.is_some() {
                self.found
                    .proposals
                    .extend(ProposalKey::of(event, &proposal.effect));
            }
        }
    }

    /// Counts a message that was sent.
    pub(super) fn sent(&mut self, message: &Message, now: Timestamp) {
        if let Some(stats) = self.stats_of(&message.plugin) {
            stats.sent += 1;
            stats.messages.sent += 1;
        }
        if message.plugin == self.participants.subject().id {
            self.in_week(now, 2);
        }
    }

    fn in_week(&mut self, at: Timestamp, what: usize) {
        let week = self.sim.week(at);
        self.found.weeks.entry(week).or_default()[what] += 1;
    }

    fn sample(&mut self, ran: &CompletedRun, index: usize, proposal: &Proposal, event: &Event) {
        if matches!(proposal.effect, Effect::Remember { .. } | Effect::Wake(_)) {
            return;
        }
        let (kind, rank) = (proposal.effect.kind(), rank(ran.id, index));
        let outcome = &proposal.decision.outcome;
        if !self.found.samples.wants(kind, outcome, rank) {
            return;
        }
        let cited = proposal.effect.because();
        let cited = cited.map_or(&[][..], |because| &because.evidence);
        let newest_first = self.records.timeline.newest_first();
        let evidence = newest_first.filter(|past| cited.contains(&past.id));
        let customer = &self.snapshot.data.customer;
        let zone = customer.time_zone.as_ref();
        let sample = Sample {
            customer: customer.id,
            name: name_of(customer),
            time_zone: zone.unwrap_or(&self.sim.engine.config.time_zone).clone(),
            at: event.time,
            event: event.data.kind().to_owned(),
            proposal: proposal.clone(),
            evidence: evidence
                .take(EVIDENCE)
                .map(|past| (***past).clone())
                .collect(),
        };
        self.found.samples.put(kind, rank, sample);
    }
}
