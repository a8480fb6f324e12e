use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

/// The longest allowed wait.
pub(crate) const MAX_WAIT: Duration = Duration::from_secs(30);

/// A wait for plugins: `500ms` or `2s`, at most 30 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Wait(pub Duration);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid duration: expected 500ms or 2s, at most 30s")]
pub(crate) struct ParseWaitError;

impl FromStr for Wait {
    type Err = ParseWaitError;

    fn from_str(text: &str) -> Result<Wait, ParseWaitError> {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| ParseWaitError)?;
        let wait = match unit {
            "ms" => Duration::from_millis(number),
            "s" => Duration::from_secs(number),
            _ => return Err(ParseWaitError),
        };
        if wait <= MAX_WAIT {
            Ok(Wait(wait))
        } else {
            Err(ParseWaitError)
        }
    }
}

impl TryFrom<String> for Wait {
    type Error = ParseWaitError;

    fn try_from(text: String) -> Result<Wait, ParseWaitError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_short_durations_are_read() {
        assert_eq!("2s".parse(), Ok(Wait(Duration::from_secs(2))));
        assert_eq!("500ms".parse(), Ok(Wait(Duration::from_millis(500))));
        assert_eq!("0s".parse(), Ok(Wait(Duration::ZERO)));
        for wrong in [
            "",
            "2",
            "s",
            "31s",
            "30001ms",
            "-1s",
            "1.5s",
            "1m",
            "99999999999999999999s",
            "2s ",
        ] {
            assert_eq!(wrong.parse::<Wait>(), Err(ParseWaitError), "{wrong}");
        }
    }
}
