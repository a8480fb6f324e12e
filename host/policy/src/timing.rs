//! The timing of a message: the first instant that every rule about time allows.

use super::cap::{Bound, bounds};
use super::message_history::MessageHistory;
use super::moved::Move;
use super::quiet_hours::{QuietHours, awake};
use super::repeat::Repeat;
use super::route_option::{Context, RouteOption};
use regulars_model::{Purpose, Verdict};

/// The verdicts of the rules about time for one channel.
pub(super) struct Timing<'a> {
    /// The first instant that all rules allow. If it is past the deadline, some instant after the deadline.
    pub at: i64,
    pub repeat: Move<'a>,
    pub quiet: (Option<QuietHours<'a>>, Move<'a>),
    pub caps: Vec<(Bound<'a>, Move<'a>)>,
}

impl<'a> Timing<'a> {
    /// `span` is the time from the earliest instant to the deadline.
    pub fn of(
        context: Context<'a, '_>,
        past: &MessageHistory<'a>,
        repeat: &Repeat,
        purpose: Purpose,
        option: &RouteOption<'_>,
        (earliest, deadline): (i64, i64),
    ) -> Timing<'a> {
        let Context {
            policy,
            level,
            outreach,
            ..
        } = context;
        let channel = option.offered.map(|offered| offered.name.as_str());
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
        // A deferral by one rule may collide with another rule, so they are repeated until none defers.
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
            if at == before || at > deadline {
                return timing;
            }
        }
    }

    /// Returns the number of verdicts.
    pub fn len(&self) -> usize {
        2 + self.caps.len()
    }

    pub fn verdict(
        &self,
        index: usize,
        repeat: &Repeat,
        past: &MessageHistory<'_>,
    ) -> Option<Verdict> {
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

    /// Returns true if the verdicts for another channel are the same.
    pub fn says_the_same(&self, other: &Timing<'_>) -> bool {
        self.at == other.at
            && self.repeat == other.repeat
            && self.quiet.1 == other.quiet.1
            && self.caps == other.caps
    }
}
