use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::instant::{DAY, instant, nanos};
use super::moved::Move;
use super::{Policy, verdict};
use regulars_model::{Purpose, Verdict, VerdictOutcome};

/// Prevents messages at night in the customer's time zone, or in the business's if the customer's is unknown.
pub(super) struct QuietHours<'a> {
    zone: &'a TimeZone,
    from: Time,
    to: Time,
}

impl<'a> QuietHours<'a> {
    /// Returns `None` if no quiet hours apply.
    pub fn new(
        policy: &Policy,
        zone: &'a TimeZone,
        purpose: Purpose,
        channel: Option<&str>,
    ) -> Option<QuietHours<'a>> {
        let quiet = &policy.contact.quiet_hours;
        let excepted = quiet.except_purposes.contains(&purpose)
            || channel.is_some_and(|channel| quiet.except_channels.contains(channel));
        let holds = quiet.enabled && quiet.from != quiet.to && !excepted;
        holds.then_some(QuietHours {
            zone,
            from: quiet.from,
            to: quiet.to,
        })
    }

    /// Returns the first instant from `at` at which the customer's local time is outside the quiet hours. If
    /// a clock change skips their end, that is the change. If it repeats their end, it is the first
    /// occurrence.
    pub fn first(&self, mut at: i64, moved: &mut Move<'_>) -> i64 {
        let (from, to) = (of_day(self.from), of_day(self.to));
        loop {
            let now = instant(at);
            let offset = i64::from(self.zone.to_offset(now).seconds()) * 1_000_000_000;
            let shown = at.saturating_add(offset).rem_euclid(DAY);
            let quiet = if from < to {
                (from..to).contains(&shown)
            } else {
                shown >= from || shown < to
            };
            if !quiet {
                return at;
            }
            let end = at.saturating_add((to - shown).rem_euclid(DAY));
            let change = self.zone.following(now).next();
            let change = change.map_or(Timestamp::MAX, |change| change.timestamp());
            // After a clock change, the local time is checked again.
            at = end.min(nanos(change));
            moved.to(at, None);
            if at >= nanos(Timestamp::MAX) {
                return at;
            }
        }
    }

    pub fn verdict(&self, moved: &Move<'_>) -> Option<Verdict> {
        let Some(to) = moved.to else {
            return awake();
        };
        verdict(
            "quiet-hours",
            VerdictOutcome::Defer {
                until: Some(instant(to)),
            },
            format!(
                "From {:02}:{:02} to {:02}:{:02} nobody is written to where the customer is ({}).",
                self.from.hour(),
                self.from.minute(),
                self.to.hour(),
                self.to.minute(),
                self.zone.iana_name().unwrap_or("a zone without a name"),
            ),
        )
    }
}

/// Returns the verdict without quiet hours.
pub(super) fn awake() -> Option<Verdict> {
    verdict(
        "quiet-hours",
        VerdictOutcome::Allow,
        "It comes at no quiet hour.",
    )
}

fn of_day(time: Time) -> i64 {
    let seconds =
        i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    seconds * 1_000_000_000
}
