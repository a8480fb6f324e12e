use std::collections::BTreeSet;

use super::{ContactPolicy, Most};
use crate::model::Purpose;
use crate::toml_reader::{self, TomlError};

/// A policy that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// It is no TOML.
    #[error("line {line}: {problem}")]
    Unreadable { line: usize, problem: String },
    /// It has a setting that there is not, or one of a wrong kind.
    #[error("{key}, line {line}: {problem}")]
    Unknown {
        key: String,
        line: usize,
        problem: String,
    },
    /// A setting has a value that cannot be.
    #[error("{key}: {problem}")]
    Impossible { key: String, problem: String },
}

/// Reads a file, without asking whether its values can be.
pub(super) fn parse(text: &str) -> Result<ContactPolicy, PolicyError> {
    toml_reader::read(text).map_err(|TomlError { key, line, problem }| match key {
        Some(key) => PolicyError::Unknown { key, line, problem },
        None => PolicyError::Unreadable { line, problem },
    })
}

/// The most days that anything may last.
const MAX_DAYS: u16 = 366;
/// The most messages that a cap may be.
const MAX_MOST: u16 = 1000;
/// The most caps beside those of the levels.
const MAX_CAPS: usize = 100;

impl ContactPolicy {
    /// Whether every value can be. [`ContactPolicy::read`] has asked this.
    ///
    /// # Errors
    /// [`PolicyError::Impossible`] names the first that cannot.
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
                "it is the same time as “quiet_hours.from”, which would be the whole day or none of it; \
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
                    "{} caps are too many, {MAX_CAPS} are the most",
                    caps.also.len()
                ),
            );
        }
        for (index, cap) in caps.also.iter().enumerate() {
            let key = format!("caps.also, number {}", index + 1);
            let (number, days) = (cap.most, cap.days);
            most(&key, Most { most: number, days })?;
            let why = "it is beside the caps and has one of its own, “service.ceiling”";
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
                "it is {}, and 1 to {MAX_MOST} can be; for none at all, take the purpose out of “levels”",
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
        format!("it is {number} days, and {least} to {MAX_DAYS} can be"),
    )
}

fn no_service(key: &str, purposes: &BTreeSet<Purpose>, why: &str) -> Result<(), PolicyError> {
    if !purposes.contains(&Purpose::Service) {
        return Ok(());
    }
    impossible(key, format!("leave “service” out: {why}"))
}

fn channel_name(key: &str, name: &str) -> Result<(), PolicyError> {
    let shown = crate::text::line(name, 40);
    if !name.trim().is_empty() && name.len() <= 64 && shown == crate::text::line(name.trim(), 40) {
        return Ok(());
    }
    impossible(key, format!("“{shown}” is no channel's name"))
}

fn impossible<T>(key: &str, problem: impl Into<String>) -> Result<T, PolicyError> {
    Err(PolicyError::Impossible {
        key: key.to_owned(),
        problem: problem.into(),
    })
}
