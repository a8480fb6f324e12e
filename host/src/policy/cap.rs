use super::instant::{days, instant};
use super::past::{Kept, Past};
use super::timing::Move;
use super::{Cap, Most, Policy, verdict};
use crate::model::{Level, Purpose, Verdict, VerdictOutcome};

/// Keeps people from getting too many messages, whoever they are from: no stretch of so many days holds
/// more than the cap. Windows roll, so that 23:00 and 00:05 are in one day, and they hold what is going
/// to be sent as well as what was.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Bound<'a> {
    most: Most,
    of: Of<'a>,
}

/// What a cap is on, and where the policy says so.
#[derive(Clone, Copy, PartialEq)]
enum Of<'a> {
    /// Everything that a customer of this level gets.
    Level(Level),
    /// Service messages.
    Service,
    /// What one of the further caps counts, and its place among them.
    Also(&'a Cap, usize),
}

/// The caps that hold for a message. Service is beside the others, and has one of its own.
pub(super) fn bounds<'a>(
    policy: &'a Policy,
    level: Level,
    purpose: Purpose,
    channel: Option<&str>,
) -> impl Iterator<Item = Bound<'a>> {
    let service = purpose == Purpose::Service;
    let caps = &policy.contact.caps;
    let of_level = match level {
        _ if service => Some((policy.contact.service.ceiling, Of::Service)),
        Level::Low => None,
        Level::Medium => Some((caps.medium, Of::Level(level))),
        Level::High => Some((caps.high, Of::Level(level))),
    };
    let also = caps.also.iter().enumerate().filter(move |(_, cap)| {
        !service
            && (cap.levels.is_empty() || cap.levels.contains(&level))
            && (cap.purposes.is_empty() || cap.purposes.contains(&purpose))
            && (cap.channels.is_empty()
                || channel.is_some_and(|channel| cap.channels.contains(channel)))
    });
    let also = also.map(|(index, cap)| {
        let (most, days) = (cap.most, cap.days);
        (Most { most, days }, Of::Also(cap, index))
    });
    let all = of_level.into_iter().chain(also);
    all.map(|(most, of)| Bound { most, of })
}

impl Bound<'_> {
    fn counts(&self, kept: &Kept<'_>) -> bool {
        match self.of {
            Of::Level(_) => true,
            Of::Service => kept.purpose == Purpose::Service,
            Of::Also(cap, _) => {
                (cap.purposes.is_empty() || cap.purposes.contains(&kept.purpose))
                    && (cap.channels.is_empty() || cap.channels.contains(kept.channel))
            }
        }
    }

    fn row(&self) -> usize {
        usize::from(self.most.most).max(1)
    }

    /// The first instant from `at` on at which one more message makes no window too full.
    pub fn first<'a>(&self, past: &Past<'a>, mut at: i64, moved: &mut Move<'a>) -> i64 {
        let window = days(self.most.days);
        let near = past.after(at.saturating_sub(window));
        let counted = near.filter(|(_, kept)| self.counts(kept));
        // As many in a row as the cap allows: one more must not be in one window with all of them.
        let last = counted.clone().skip(self.row() - 1);
        for (start, ((first, of), (end, _))) in counted.clone().zip(last).enumerate() {
            if end.saturating_sub(window) >= at {
                break;
            }
            let full = end.saturating_sub(first) < window;
            let free = first.saturating_add(window);
            if full && free > at {
                at = free;
                let mut row = counted.clone().skip(start).take(self.row());
                let beside = row.find(|(_, kept)| kept.beside);
                moved.to(at, Some(&beside.map_or(of, |(_, kept)| kept)));
            }
        }
        at
    }

    pub fn verdict(&self, past: &Past<'_>, moved: &Move<'_>, at: i64) -> Option<Verdict> {
        let Most { most, days: number } = self.most;
        let Some(to) = moved.to else {
            let near = past.after(at.saturating_sub(days(number)));
            let used = near.take_while(|(when, _)| *when <= at);
            let used = used.filter(|(_, kept)| self.counts(kept)).count();
            return verdict(
                "cap",
                VerdictOutcome::Allow,
                format!("{used} of {most} messages in {number} days."),
            );
        };
        let first = match moved.by {
            Some(plugin) if moved.beside => format!(" {plugin} goes first."),
            _ => String::new(),
        };
        let setting = match self.of {
            Of::Level(Level::High) => "caps.high".to_owned(),
            Of::Level(_) => "caps.medium".to_owned(),
            Of::Service => "service.ceiling".to_owned(),
            Of::Also(_, index) => format!("caps.also, number {}", index + 1),
        };
        verdict(
            "cap",
            VerdictOutcome::Defer {
                until: Some(instant(to)),
            },
            format!(
                "There is no room for it: no {number} days hold more than {most} (the policy's “{setting}”).{first}"
            ),
        )
    }
}
