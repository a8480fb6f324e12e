use super::instant::{days, instant};
use super::message_history::{CountedMessage, MessageHistory};
use super::moved::Move;
use super::{Cap, Most, Policy, verdict};
use regulars_model::{Level, Purpose, Verdict, VerdictOutcome};

/// Limits the number of messages to a customer over all plugins: no window of the configured days holds more
/// than the cap. Windows are rolling, so 23:00 and 00:05 share a day, and they count queued messages as well
/// as sent ones.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Bound<'a> {
    most: Most,
    of: CapScope<'a>,
}

/// The scope of a cap, which also names its setting in the policy.
#[derive(Clone, Copy, PartialEq)]
enum CapScope<'a> {
    /// All messages to customers of this level.
    Level(Level),
    /// Service messages.
    Service,
    /// The messages that an additional cap counts, with its index.
    Also(&'a Cap, usize),
}

/// Returns the caps that apply to a message. Service messages have only their own cap.
pub(super) fn bounds<'a>(
    policy: &'a Policy,
    level: Level,
    purpose: Purpose,
    channel: Option<&str>,
) -> impl Iterator<Item = Bound<'a>> {
    let service = purpose == Purpose::Service;
    let caps = &policy.contact.caps;
    let of_level = match level {
        _ if service => Some((policy.contact.service.ceiling, CapScope::Service)),
        Level::Low => None,
        Level::Medium => Some((caps.medium, CapScope::Level(level))),
        Level::High => Some((caps.high, CapScope::Level(level))),
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
        (Most { most, days }, CapScope::Also(cap, index))
    });
    let all = of_level.into_iter().chain(also);
    all.map(|(most, of)| Bound { most, of })
}

impl Bound<'_> {
    fn counts(&self, counted: &CountedMessage<'_>) -> bool {
        match self.of {
            CapScope::Level(_) => true,
            CapScope::Service => counted.purpose == Purpose::Service,
            CapScope::Also(cap, _) => {
                (cap.purposes.is_empty() || cap.purposes.contains(&counted.purpose))
                    && (cap.channels.is_empty() || cap.channels.contains(counted.channel))
            }
        }
    }

    fn row(&self) -> usize {
        usize::from(self.most.most).max(1)
    }

    /// Returns the first instant from `at` at which one more message exceeds no window.
    pub fn first<'a>(&self, past: &MessageHistory<'a>, mut at: i64, moved: &mut Move<'a>) -> i64 {
        let window = days(self.most.days);
        let near = past.after(at.saturating_sub(window));
        let counted = near.filter(|(_, counted)| self.counts(counted));
        // The cap's number of consecutive messages. The new one must not share a window with all of them.
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
                let concurrent = row.find(|(_, counted)| counted.concurrent);
                moved.to(at, Some(&concurrent.map_or(of, |(_, counted)| counted)));
            }
        }
        at
    }

    pub fn verdict(&self, past: &MessageHistory<'_>, moved: &Move<'_>, at: i64) -> Option<Verdict> {
        let Most { most, days: number } = self.most;
        let Some(to) = moved.to else {
            let near = past.after(at.saturating_sub(days(number)));
            let used = near.take_while(|(when, _)| *when <= at);
            let used = used.filter(|(_, counted)| self.counts(counted)).count();
            return verdict(
                "cap",
                VerdictOutcome::Allow,
                format!("{used} of {most} messages in {number} days."),
            );
        };
        let first = match moved.by {
            Some(plugin) if moved.concurrent => format!(" {plugin} goes first."),
            _ => String::new(),
        };
        let setting = match self.of {
            CapScope::Level(Level::High) => "caps.high".to_owned(),
            CapScope::Level(_) => "caps.medium".to_owned(),
            CapScope::Service => "service.ceiling".to_owned(),
            CapScope::Also(_, index) => format!("caps.also, number {}", index + 1),
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
