//! Validation of callers' input. Each error names the field and the accepted values.

use email_address::EmailAddress;
use jiff::SignedDuration;

use super::{NewCustomer, NewInteraction};
use crate::error::Error;
use crate::model::*;

/// Longest single-line text, in characters.
const MAX_LINE: usize = 200;
/// Longest body, in bytes.
const MAX_BODY: usize = 64 * 1024;
/// Most tags, topics or contact points of one customer.
const MAX_SET: usize = 100;

pub(super) fn new_customer(new: &NewCustomer) -> Result<(), Error> {
    line("/display_name", new.display_name.as_deref())?;
    line("/given_name", new.given_name.as_deref())?;
    language(new.language.as_deref())?;
    time_zone(new.time_zone.as_deref())?;
    labels("/topics", new.topics.iter())?;
    labels("/tags", new.tags.iter())?;
    if new.contact_points.len() > MAX_SET {
        return Err(Error::invalid(
            "/contact_points",
            format!("at most {MAX_SET} are accepted"),
        ));
    }
    if new.consents.len() > MAX_SET {
        return Err(Error::invalid(
            "/consents",
            format!("at most {MAX_SET} are accepted"),
        ));
    }
    for (index, point) in new.contact_points.iter().enumerate() {
        contact_point(&format!("/contact_points/{index}"), point)?;
    }
    Ok(())
}

pub(super) fn patch(patch: &CustomerPatch) -> Result<(), Error> {
    line(
        "/display_name",
        patch.display_name.as_ref().and_then(Option::as_deref),
    )?;
    line(
        "/given_name",
        patch.given_name.as_ref().and_then(Option::as_deref),
    )?;
    language(patch.language.as_ref().and_then(Option::as_deref))?;
    time_zone(patch.time_zone.as_ref().and_then(Option::as_deref))?;
    labels("/topics", patch.topics.iter().flatten())?;
    labels("/tags", patch.tags.iter().flatten())
}

pub(super) fn contact_point(at: &str, point: &ContactPoint) -> Result<(), Error> {
    let at = format!("{at}/value");
    let value = point.value.as_str();
    if value.is_empty() || value.chars().count() > 320 || value.chars().any(char::is_control) {
        return Err(Error::invalid(
            at,
            "1 to 320 characters without control characters are expected",
        ));
    }
    match point.kind {
        ContactKind::Email => {
            if !is_email_address(value) {
                return Err(Error::invalid(
                    at,
                    "an address such as ada@example.org is expected",
                ));
            }
        }
        ContactKind::Tel => {
            let digits = value.chars().filter(char::is_ascii_digit).count();
            let only = value
                .chars()
                .all(|c| c.is_ascii_digit() || "+ -()./".contains(c));
            if !only || !(3..=20).contains(&digits) {
                return Err(Error::invalid(
                    at,
                    "a telephone number such as +49 30 123456 is expected",
                ));
            }
        }
        ContactKind::External => {}
    }
    line("/label", point.label.as_deref())
}

/// Returns true for an address of RFC 6531, without the blanks and the second `@` that a quoted local part or a
/// domain literal may hold.
fn is_email_address(value: &str) -> bool {
    let options = email_address::Options::default()
        .without_display_text()
        .with_no_minimum_sub_domains();
    EmailAddress::parse_with_options(value, options).is_ok()
        && !value.contains(char::is_whitespace)
        && value.matches('@').count() == 1
}

pub(super) fn new_interaction(new: &NewInteraction, now: Timestamp) -> Result<(), Error> {
    kind(&new.kind)?;
    if let Some(at) = new.occurred_at {
        if at > now + SignedDuration::from_hours(24) {
            return Err(Error::invalid(
                "/occurred_at",
                format!(
                    "{at} is in the future, the host's clock says {now}: record what has happened"
                ),
            ));
        }
        if at < Timestamp::UNIX_EPOCH - SignedDuration::from_hours(24 * 36_525) {
            return Err(Error::invalid(
                "/occurred_at",
                format!("{at} is more than a hundred years before 1970"),
            ));
        }
    }
    line("/channel", new.channel.as_deref())?;
    line("/subject", new.subject.as_deref())?;
    if new.body.as_ref().is_some_and(|body| body.len() > MAX_BODY) {
        return Err(Error::invalid(
            "/body",
            format!("at most {MAX_BODY} bytes are accepted"),
        ));
    }
    match &new.data {
        None => Ok(()),
        Some(data) if !data.is_object() => {
            Err(Error::invalid("/data", "a JSON object is expected"))
        }
        Some(data) if data.to_string().len() > MAX_BODY => Err(Error::invalid(
            "/data",
            format!("at most {MAX_BODY} bytes of JSON are accepted"),
        )),
        Some(data) if !shallow(data) => Err(Error::invalid(
            "/data",
            format!("arrays and objects may lie in one another {MAX_DEPTH} deep at the most"),
        )),
        Some(_) => Ok(()),
    }
}

pub(super) fn kind(kind: &str) -> Result<(), Error> {
    if crate::plugin::is_kind(kind) {
        return Ok(());
    }
    Err(Error::invalid(
        "/kind",
        format!(
            "“{}” is not a kind: use one of {}, or a plugin's own <plugin>/<kind>",
            crate::text::line(kind, 64),
            KINDS.join(", ")
        ),
    ))
}

pub(super) fn line(at: &str, text: Option<&str>) -> Result<(), Error> {
    match text {
        Some(text) if text.chars().count() > MAX_LINE => Err(Error::invalid(
            at,
            format!("at most {MAX_LINE} characters are accepted"),
        )),
        Some(text) if text.chars().any(char::is_control) => {
            Err(Error::invalid(at, "control characters are not accepted"))
        }
        _ => Ok(()),
    }
}

/// Tags and topics: short, one line, few.
pub(super) fn labels<'a>(at: &str, labels: impl Iterator<Item = &'a String>) -> Result<(), Error> {
    for (index, text) in labels.enumerate() {
        if index >= MAX_SET {
            return Err(Error::invalid(
                at,
                format!("at most {MAX_SET} are accepted"),
            ));
        }
        if !crate::text::is_label(text) {
            return Err(Error::invalid(
                at,
                "each is 1 to 64 characters on one line, without blanks around it",
            ));
        }
    }
    Ok(())
}

fn language(tag: Option<&str>) -> Result<(), Error> {
    if tag.is_none_or(is_language_tag) {
        Ok(())
    } else {
        Err(Error::invalid(
            "/language",
            "a BCP 47 tag such as de-CH is expected",
        ))
    }
}

fn time_zone(name: Option<&str>) -> Result<(), Error> {
    match name {
        Some(name) if jiff::tz::TimeZone::get(name).is_err() => Err(Error::invalid(
            "/time_zone",
            "an IANA name such as Europe/Berlin is expected",
        )),
        _ => Ok(()),
    }
}

/// Refuses a customer who begins, or was born, after the host's `now`, with a day's grace for clocks
/// and time zones.
pub(super) fn not_to_come(
    since: Option<Timestamp>,
    birthday: Option<Birthday>,
    now: Timestamp,
) -> Result<(), Error> {
    let latest = now + SignedDuration::from_hours(24);
    if let Some(since) = since.filter(|since| *since > latest) {
        return Err(Error::invalid(
            "/since",
            format!("{since} is in the future, the host's clock says {now}"),
        ));
    }
    let born = birthday.and_then(|day| {
        let (year, month) = (day.year?, day.month);
        jiff::civil::Date::new(year, month, day.day).ok()
    });
    let today = latest.to_zoned(jiff::tz::TimeZone::UTC).date();
    match born {
        Some(born) if born > today => Err(Error::invalid(
            "/birthday",
            format!("{born} is in the future, the host's clock says {now}"),
        )),
        _ => Ok(()),
    }
}
