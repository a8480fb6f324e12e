//! When a message may go: the first instant that every rule about time allows.

use super::cap::{Bound, bounds};
use super::message::{Ground, Way};
use super::past::{Kept, Past};
use super::quiet_hours::{QuietHours, awake};
use super::repeat::Repeat;
use crate::model::{InstallationId, Purpose, Verdict};

/// Where a rule put a message off to.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) struct Move<'a> {
    /// Nanoseconds since 1970; none where the rule had nothing against the instant.
    pub to: Option<i64>,
    /// Whose message was in the way.
    pub by: Option<&'a InstallationId>,
    /// That one is decided together with this one, and went first.
    pub beside: bool,
}

impl<'a> Move<'a> {
    pub fn to(&mut self, at: i64, by: Option<&Kept<'a>>) {
        self.to = Some(at);
        if let Some(kept) = by.filter(|kept| kept.beside || !self.beside) {
            self.by = Some(kept.plugin);
            self.beside = kept.beside;
        }
    }
}

/// What the rules about time say of one way to the customer.
pub(super) struct Timing<'a> {
    /// The first instant that all of them allow; where that is after the latest that is any use, some
    /// instant between the two.
    pub at: i64,
    pub repeat: Move<'a>,
    pub quiet: (Option<QuietHours<'a>>, Move<'a>),
    pub caps: Vec<(Bound<'a>, Move<'a>)>,
}

impl<'a> Timing<'a> {
    /// `span` is from the earliest instant that may be given to the latest that is any use.
    pub fn of(
        ground: Ground<'a, '_>,
        past: &Past<'a>,
        repeat: &Repeat,
        purpose: Purpose,
        way: &Way<'_>,
        (earliest, latest): (i64, i64),
    ) -> Timing<'a> {
        let Ground {
            policy,
            level,
            outreach,
            ..
        } = ground;
        let channel = way.offered.map(|offered| offered.name.as_str());
        let mut timing = Timing {
            at: earliest,
            repeat: Move::default(),
            quiet: (
                QuietHours::new(policy, outreach.zone, purpose, channel),
                Move::default(),
            ),
            caps: bounds(policy, level, purpose, channel)
                .map(|bound| (bound, Move::default()))
                .collect(),
        };
        // What one rule moves can be in another one's way: until none has anything against it.
        loop {
            let before = timing.at;
            let mut at = repeat.first(past, before, &mut timing.repeat);
            for (bound, moved) in &mut timing.caps {
                at = bound.first(past, at, moved);
            }
            if let (Some(quiet), moved) = &mut timing.quiet {
                at = quiet.first(at, moved);
            }
            timing.at = at;
            if at == before || at > latest {
                return timing;
            }
        }
    }

    /// How many verdicts there are.
    pub fn len(&self) -> usize {
        2 + self.caps.len()
    }

    pub fn verdict(&self, index: usize, repeat: &Repeat, past: &Past<'_>) -> Option<Verdict> {
        match index {
            0 => repeat.verdict(&self.repeat),
            1 => match &self.quiet {
                (Some(quiet), moved) => quiet.verdict(moved),
                (None, _) => awake(),
            },
            _ => {
                let (bound, moved) = self.caps.get(index - 2)?;
                bound.verdict(past, moved, self.at)
            }
        }
    }

    /// Whether the same is said of another way.
    pub fn says_the_same(&self, other: &Timing<'_>) -> bool {
        self.at == other.at
            && self.repeat == other.repeat
            && self.quiet.1 == other.quiet.1
            && self.caps == other.caps
    }
}
