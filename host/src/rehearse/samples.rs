use std::collections::BTreeMap;

use regulars_manifest::EffectKind;

use super::report::Sample;
use crate::model::*;

/// The number of samples in a report.
const SHOWN: usize = 10;
/// The most samples of one person and class, so that a report shows different people.
const OF_ONE: usize = 3;

/// Proposals to show, of each kind and outcome. The choice looks random and is the same each time.
#[derive(Debug, Clone, Default)]
pub(super) struct Samples {
    classes: BTreeMap<(EffectKind, u8), Vec<(u64, Sample)>>,
}

/// Returns a number that looks random and is the same for the same proposal.
pub(super) fn rank(run: RunId, index: usize) -> u64 {
    run.0.as_u64_pair().1 ^ (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Samples {
    /// Returns true if a sample of this rank would be kept.
    pub fn wants(&self, kind: EffectKind, outcome: &VerdictOutcome, rank: u64) -> bool {
        let kept = self.classes.get(&(kind, class(outcome)));
        kept.is_none_or(|kept| {
            kept.len() < OF_ONE || kept.last().is_some_and(|(highest, _)| rank < *highest)
        })
    }

    pub fn put(&mut self, kind: EffectKind, rank: u64, sample: Sample) {
        let class = class(&sample.proposal.decision.outcome);
        let kept = self.classes.entry((kind, class)).or_default();
        let place = kept.partition_point(|(other, _)| *other <= rank);
        kept.insert(place, (rank, sample));
        kept.truncate(OF_ONE);
    }

    pub fn merge(&mut self, other: Samples) {
        for (class, samples) in other.classes {
            let kept = self.classes.entry(class).or_default();
            kept.extend(samples);
            kept.sort_by_key(|(rank, sample)| (*rank, sample.customer));
            kept.truncate(SHOWN);
        }
    }

    /// Returns one sample of each class, then a second one, until there are enough.
    pub fn choose(&self) -> Vec<Sample> {
        let mut chosen = Vec::new();
        for round in 0..SHOWN {
            for samples in self.classes.values() {
                if let Some((_, sample)) = samples.get(round)
                    && chosen.len() < SHOWN
                {
                    chosen.push(sample.clone());
                }
            }
        }
        chosen
    }
}

/// Returns the class of an outcome. Allowed proposals come first.
fn class(outcome: &VerdictOutcome) -> u8 {
    match outcome {
        VerdictOutcome::Allow => 0,
        VerdictOutcome::Defer { .. } => 1,
        VerdictOutcome::Deny => 2,
        VerdictOutcome::HeldOut => 3,
    }
}
