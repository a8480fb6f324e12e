use std::str::FromStr;

use anyhow::{Context, Result};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};

use crate::usage;
use regulars::host::Host;
use regulars::model::Timestamp;

/// A number of days, written 90d, 12w or 1y.
#[derive(Debug, Clone, Copy)]
pub struct Span(u32);

/// Maximum days: 200 years.
const MOST: u32 = 200 * 365;

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Span, String> {
        let wrong = || "expected days, weeks or years, such as 90d, 12w or 1y".to_owned();
        let unit = text.chars().next_back().ok_or_else(wrong)?;
        let days = match unit {
            'd' => 1,
            'w' => 7,
            'y' => 365,
            _ => return Err(wrong()),
        };
        let number: u32 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
        let days = number.saturating_mul(days);
        match days {
            1..=MOST => Ok(Span(days)),
            _ => Err(format!("expected 1 to {MOST} days")),
        }
    }
}

/// Returns the start and the exclusive end of the window.
pub fn window(
    host: &Host,
    last: &Span,
    from: Option<&str>,
    until: Option<&str>,
) -> Result<(Timestamp, Timestamp)> {
    let zone = TimeZone::get(host.time_zone())?;
    let now = host.now();
    let until = match until {
        None => now,
        // A day that is not over yet ends now.
        Some(text) => {
            let (start, end) = match read("--until", text, &zone)? {
                Given::Day { start, end } => (start, end.min(now)),
                Given::Instant(at) => (at, at),
            };
            if start > now {
                usage!("--until {text} is in the future: the last possible day is today");
            }
            end
        }
    };
    let from = match from {
        Some(text) => match read("--from", text, &zone)? {
            Given::Day { start, .. } => start,
            Given::Instant(at) => at,
        },
        None => until
            .checked_sub(SignedDuration::from_hours(24 * i64::from(last.0)))
            .context("--last is too long")?,
    };
    if from >= until {
        usage!("the window is empty: --from must be before its end");
    }
    Ok((from, until))
}

enum Given {
    Day { start: Timestamp, end: Timestamp },
    Instant(Timestamp),
}

fn read(option: &str, text: &str, zone: &TimeZone) -> Result<Given> {
    if let Ok(day) = text.parse::<Date>() {
        let start = |day: Date| Ok::<_, jiff::Error>(day.to_zoned(zone.clone())?.timestamp());
        let end = day.checked_add(1.day()).and_then(start);
        let day = start(day).and_then(|start| Ok((start, end?)));
        if let Ok((start, end)) = day {
            return Ok(Given::Day { start, end });
        }
    } else if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Given::Instant(at));
    }
    usage!(
        "invalid {option}: expected a day such as 2026-03-01, or an instant such as 2026-03-01T08:00:00Z"
    );
}
