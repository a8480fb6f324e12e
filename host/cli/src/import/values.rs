//! Parses cells as numbers, instants and birthdays.

use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use crate::output::safe;
use regulars::model::{Birthday, Json, Timestamp};

/// The JSON type of a cell of `data`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Text,
    Number,
    Boolean,
    Json,
}

impl FromStr for Type {
    type Err = ();

    fn from_str(text: &str) -> Result<Type, ()> {
        match text {
            "text" => Ok(Type::Text),
            "number" => Ok(Type::Number),
            "boolean" => Ok(Type::Boolean),
            "json" => Ok(Type::Json),
            _ => Err(()),
        }
    }
}

pub fn parse_as(text: &str, kind: Type) -> Result<Json, String> {
    let invalid = |what: &str| format!("“{}” is not {what}", safe(text, 60));
    match kind {
        Type::Text => Ok(text.into()),
        Type::Number => {
            if let Ok(whole) = text.parse::<i64>() {
                return Ok(whole.into());
            }
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            number
                .map(Json::from)
                .ok_or_else(|| invalid("a number such as 1234.50"))
        }
        Type::Boolean => match text.to_lowercase().as_str() {
            "true" | "yes" | "y" | "1" => Ok(true.into()),
            "false" | "no" | "n" | "0" => Ok(false.into()),
            _ => Err(invalid("true or false")),
        },
        Type::Json => serde_json::from_str(text).map_err(|_| invalid("JSON")),
    }
}

/// A parser for dates, with a format and a time zone.
pub struct Dates {
    zone: TimeZone,
    format: Option<String>,
}

impl Dates {
    pub fn new(zone: TimeZone, format: Option<String>) -> Dates {
        Dates { zone, format }
    }

    /// Parses an instant. Local times are in the zone; a date alone is its first instant there.
    pub fn instant(&self, text: &str) -> Result<Timestamp, String> {
        let local = match &self.format {
            Some(format) => {
                let parsed = strtime::parse(format, text).map_err(|_| self.invalid(text))?;
                if let Ok(instant) = parsed.to_timestamp() {
                    return Ok(instant);
                }
                let local = parsed.to_datetime();
                local.or_else(|_| parsed.to_date().map(Date::into))
            }
            None => {
                if let Ok(instant) = text.parse::<Timestamp>() {
                    return Ok(instant);
                }
                text.parse::<DateTime>()
            }
        };
        let local: DateTime = local.map_err(|_| self.invalid(text))?;
        let zoned = local.to_zoned(self.zone.clone());
        Ok(zoned.map_err(|_| self.invalid(text))?.timestamp())
    }

    /// Parses a birthday as in vCards, or in the format of `--date-format`.
    pub fn birthday(&self, text: &str) -> Result<Birthday, String> {
        if let Ok(birthday) = text.parse() {
            return Ok(birthday);
        }
        let date = match &self.format {
            Some(format) => strtime::parse(format, text).and_then(|parsed| parsed.to_date()),
            None => text.parse::<DateTime>().map(DateTime::date),
        };
        let date = date.map_err(|_| self.invalid(text))?;
        date.to_string().parse().map_err(|_| self.invalid(text))
    }

    fn invalid(&self, text: &str) -> String {
        let text = safe(text, 60);
        match &self.format {
            Some(format) => format!("“{text}” is not a date like “{}”", safe(format, 60)),
            None => {
                format!("“{text}” is not a date like 2026-05-03: set its format with --date-format")
            }
        }
    }
}

/// Splits the labels in a cell at commas and semicolons.
pub fn labels(text: &str) -> impl Iterator<Item = String> {
    text.split([',', ';'])
        .map(|label| label.trim().to_owned())
        .filter(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(zone: &str, format: Option<&str>) -> Dates {
        Dates::new(TimeZone::get(zone).unwrap(), format.map(str::to_owned))
    }

    #[test]
    fn dates_are_local_unless_they_say_otherwise() {
        let berlin = dates("Europe/Berlin", None);
        for (text, instant) in [
            ("1997-01-01", "1996-12-31T23:00:00Z"),
            ("2026-05-03T06:41", "2026-05-03T04:41:00Z"),
            ("2026-05-03 06:41:09", "2026-05-03T04:41:09Z"),
            ("2026-05-03T06:41:00Z", "2026-05-03T06:41:00Z"),
            ("2026-05-03 06:41:00-04:00", "2026-05-03T10:41:00Z"),
        ] {
            assert_eq!(berlin.instant(text).unwrap().to_string(), instant, "{text}");
        }
        for text in ["03.05.2026", "yesterday", "2026-02-30", "12"] {
            assert!(berlin.instant(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_format_says_how_dates_are_written() {
        let german = dates("Europe/Berlin", Some("%d.%m.%Y"));
        let instant = german.instant("3.5.2026").unwrap();
        assert_eq!(instant.to_string(), "2026-05-02T22:00:00Z");
        assert!(german.instant("2026-05-03").is_err());
        assert_eq!(
            german.birthday("29.02.1992").unwrap().to_string(),
            "1992-02-29"
        );
        let hours = dates("Europe/Berlin", Some("%m/%d/%Y %H:%M"));
        let instant = hours.instant("05/03/2026 06:41").unwrap();
        assert_eq!(instant.to_string(), "2026-05-03T04:41:00Z");
        let offset = dates("Europe/Berlin", Some("%Y-%m-%d %H:%M %z"));
        let instant = offset.instant("2026-05-03 06:41 +0000").unwrap();
        assert_eq!(instant.to_string(), "2026-05-03T06:41:00Z");
    }

    #[test]
    fn a_day_without_a_midnight_begins_when_it_begins() {
        // The clocks went from 24:00 to 01:00.
        let sao_paulo = dates("America/Sao_Paulo", None);
        let instant = sao_paulo.instant("2018-11-04").unwrap();
        assert_eq!(instant.to_string(), "2018-11-04T03:00:00Z");
    }

    #[test]
    fn birthdays_may_lack_a_year() {
        let plain = dates("UTC", None);
        assert_eq!(plain.birthday("--02-29").unwrap().to_string(), "--02-29");
        assert_eq!(plain.birthday("1604-05-12").unwrap().to_string(), "--05-12");
        assert!(plain.birthday("12 May").is_err());
    }

    #[test]
    fn numbers_are_plain() {
        assert_eq!(parse_as("12", Type::Number).unwrap(), 12);
        assert_eq!(parse_as("12.50", Type::Number).unwrap(), 12.5);
        assert!(parse_as("$12", Type::Number).is_err());
        assert!(parse_as("NaN", Type::Number).is_err());
        assert_eq!(parse_as("yes", Type::Boolean).unwrap(), true);
    }
}
