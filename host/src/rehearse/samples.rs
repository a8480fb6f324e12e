use std::collections::BTreeMap;

use regulars_manifest::EffectKind;

use super::report::Sample;
use crate::model::*;

/// How many a report shows.
const SHOWN: usize = 10;

/// Proposals to show, some of each kind and outcome, chosen by chance that is the same each time.
#[derive(Debug, Clone, Default)]
pub(super) struct Samples {
    classes: BTreeMap<(EffectKind, u8), Vec<(u64, Sample)>>,
}

/// Looks random, and is the same for the same proposal.
pub(super) fn rank(run: RunId, index: usize) -> u64 {
    run.0.as_u64_pair().1 ^ (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Samples {
    /// Whether one of this rank would be kept: of one person, one of each class.
    pub fn wants(&self, kind: EffectKind, outcome: &VerdictOutcome, rank: u64) -> bool {
        let kept = self.classes.get(&(kind, class(outcome)));
        kept.and_then(|kept| kept.first())
            .is_none_or(|(lowest, _)| rank < *lowest)
    }

    pub fn put(&mut self, kind: EffectKind, rank: u64, sample: Sample) {
        let class = class(&sample.proposal.decision.outcome);
        self.classes.insert((kind, class), vec![(rank, sample)]);
    }

    pub fn merge(&mut self, other: Samples) {
        for (class, samples) in other.classes {
            let kept = self.classes.entry(class).or_default();
            kept.extend(samples);
            kept.sort_by_key(|(rank, sample)| (*rank, sample.customer));
            kept.truncate(SHOWN);
        }
    }

    /// One of each class, then another one, until there are enough.
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

/// What was allowed comes first.
fn class(outcome: &VerdictOutcome) -> u8 {
    match outcome {
        VerdictOutcome::Allow => 0,
        VerdictOutcome::Defer { .. } => 1,
        VerdictOutcome::Deny => 2,
        VerdictOutcome::HeldOut => 3,
    }
}
