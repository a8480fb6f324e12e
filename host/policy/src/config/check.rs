use std::collections::BTreeSet;

use super::{ContactPolicy, Most};
use regulars_model::Purpose;
use regulars_model::toml_reader::{self, TomlError};

/// An invalid policy file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// Invalid TOML.
    #[error("line {line}: {problem}")]
    Unreadable { line: usize, problem: String },
    /// An unknown setting, or one of a wrong type.
    #[error("{key}, line {line}: {problem}")]
    Unknown {
        key: String,
        line: usize,
        problem: String,
    },
    /// A value out of range.
    #[error("{key}: {problem}")]
    Impossible { key: String, problem: String },
}

/// Parses a file without checking the ranges of its values.
pub(super) fn parse(text: &str) -> Result<ContactPolicy, PolicyError> {
    toml_reader::read(text).map_err(|TomlError { key, line, problem }| match key {
        Some(key) => PolicyError::Unknown { key, line, problem },
        None => PolicyError::Unreadable { line, problem },
    })
}

/// The maximum number of days in any setting.
const MAX_DAYS: u16 = 366;
/// The maximum number of messages in a cap.
const MAX_MOST: u16 = 1000;
/// The maximum number of additional caps.
const MAX_CAPS: usize = 100;

impl ContactPolicy {
    /// Checks the range of every value. [`ContactPolicy::read`] calls this.
    ///
    /// # Errors
    /// [`PolicyError::Impossible`] names the first setting out of range.
    pub fn check(&self) -> Result<(), PolicyError> {
        let Self {
            levels: _,
            topics,
            pause: _,
            complaint,
            repeat,
            quiet_hours,
            caps,
            service,
            waiting,
        } = self;
        no_service(
            "topics.required",
            &topics.required,
            "it is about what the customer did",
        )?;
        days("complaint.days", complaint.days, 0)?;
        days("repeat.days", repeat.days, 0)?;
        for (purpose, number) in &repeat.purposes {
            days(&format!("repeat.purposes.{}", purpose.as_str()), *number, 0)?;
        }
        if quiet_hours.from == quiet_hours.to {
            return impossible(
                "quiet_hours.to",
                "expected another time than “quiet_hours.from”; \
                 for no quiet hours write “enabled = false”",
            );
        }
        for channel in &quiet_hours.except_channels {
            channel_name("quiet_hours.except_channels", channel)?;
        }
        most("caps.medium", caps.medium)?;
        most("caps.high", caps.high)?;
        if caps.also.len() > MAX_CAPS {
            return impossible(
                "caps.also",
                format!(
                    "expected at most {MAX_CAPS} caps, found {}",
                    caps.also.len()
                ),
            );
        }
        for (index, cap) in caps.also.iter().enumerate() {
            let key = format!("caps.also, number {}", index + 1);
            let (number, days) = (cap.most, cap.days);
            most(&key, Most { most: number, days })?;
            let why = "it has a cap of its own, “service.ceiling”";
            no_service(&format!("{key}, purposes"), &cap.purposes, why)?;
            for channel in &cap.channels {
                channel_name(&format!("{key}, channels"), channel)?;
            }
        }
        days("service.cause_days", service.cause_days, 1)?;
        most("service.ceiling", service.ceiling)?;
        days("waiting.days", waiting.days, 1)
    }
}

fn most(key: &str, most: Most) -> Result<(), PolicyError> {
    if !(1..=MAX_MOST).contains(&most.most) {
        return impossible(
            &format!("{key}.most"),
            format!(
                "expected 1 to {MAX_MOST}, found {}; for no messages at all, remove the purpose from “levels”",
                most.most
            ),
        );
    }
    days(&format!("{key}.days"), most.days, 1)
}

fn days(key: &str, number: u16, least: u16) -> Result<(), PolicyError> {
    if (least..=MAX_DAYS).contains(&number) {
        return Ok(());
    }
    impossible(
        key,
        format!("expected {least} to {MAX_DAYS} days, found {number}"),
    )
}

fn no_service(key: &str, purposes: &BTreeSet<Purpose>, why: &str) -> Result<(), PolicyError> {
    if !purposes.contains(&Purpose::Service) {
        return Ok(());
    }
    impossible(key, format!("leave “service” out: {why}"))
}

fn channel_name(key: &str, name: &str) -> Result<(), PolicyError> {
    let shown = regulars_model::text::line(name, 40);
    if !name.trim().is_empty()
        && name.len() <= 64
        && shown == regulars_model::text::line(name.trim(), 40)
    {
        return Ok(());
    }
    impossible(key, format!("invalid channel name “{shown}”"))
}

fn impossible<T>(key: &str, problem: impl Into<String>) -> Result<T, PolicyError> {
    Err(PolicyError::Impossible {
        key: key.to_owned(),
        problem: problem.into(),
    })
}
