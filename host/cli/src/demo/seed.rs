//! Fictional customers and their history, relative to today and otherwise the same each time.

use anyhow::Result;
use jiff::civil::{Date, time};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};

use regulars::host::{Host, NewCustomer, NewInteraction};
use regulars::ids;
use regulars::model::*;

/// Returns the id of a demo customer.
pub fn id(parts: &[&str]) -> CustomerId {
    CustomerId(derived(parts))
}

fn derived(parts: &[&str]) -> uuid::Uuid {
    let parts: Vec<&[u8]> = std::iter::once(&b"demo"[..])
        .chain(parts.iter().map(|part| part.as_bytes()))
        .collect();
    ids::derived(&parts)
}

/// Returns a pseudo-random number below `below`, the same for the same parts.
pub fn pseudo_random(parts: &[&str], below: u64) -> u64 {
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    ids::seed(&parts) % below
}

/// Collects events and writes them.
pub struct Seed<'a> {
    host: &'a Host,
    zone: TimeZone,
    pub today: Date,
    past: Vec<NewInteraction>,
    live: Vec<NewInteraction>,
}

/// A customer of the demo.
pub struct Person<'a> {
    pub business: &'a str,
    pub name: &'a str,
    pub since_days: u32,
    pub level: Level,
    pub birthday: Option<Birthday>,
    pub tags: &'a [&'a str],
    pub contact_points: Vec<ContactPoint>,
}

impl<'a> Seed<'a> {
    pub fn new(host: &'a Host) -> Result<Seed<'a>> {
        let zone = TimeZone::get(host.time_zone())?;
        let today = host.now().to_zoned(zone.clone()).date();
        Ok(Seed {
            host,
            zone,
            today,
            past: Vec::new(),
            live: Vec::new(),
        })
    }

    /// Returns the instant a number of days ago, at a time of day.
    pub fn ago(&self, days: u32, hour: i8, minute: i8) -> Result<Timestamp> {
        let day = self
            .today
            .checked_sub(Span::new().try_days(i64::from(days))?)?;
        let local = day.to_datetime(time(hour, minute, 0, 0));
        Ok(local.to_zoned(self.zone.clone())?.timestamp())
    }

    /// Returns a birthday a number of days from today.
    pub fn birthday_in(&self, days: i64, year: Option<i16>) -> Result<Birthday> {
        let date = self.today.checked_add(days.days())?;
        Ok(Birthday {
            year,
            month: date.month(),
            day: date.day(),
        })
    }

    pub fn person(&mut self, person: Person<'_>) -> Result<CustomerId> {
        let id = id(&[person.business, person.name]);
        let given = person.name.split(' ').next().unwrap_or_default();
        let new = NewCustomer {
            id: Some(id),
            display_name: Some(person.name.to_owned()),
            given_name: Some(given.to_owned()),
            birthday: person.birthday,
            level: person.level,
            tags: person.tags.iter().map(|tag| (*tag).to_owned()).collect(),
            since: Some(self.ago(person.since_days, 12, 0)?),
            contact_points: person.contact_points,
            ..NewCustomer::default()
        };
        for created in self.host.import_customers(vec![new]) {
            created?;
        }
        Ok(id)
    }

    /// Adds an interaction of a number of days ago.
    pub fn past(
        &mut self,
        customer: CustomerId,
        kind: &str,
        (days, hour, minute): (u32, i8, i8),
        channel: &str,
        data: Json,
    ) -> Result<&mut NewInteraction> {
        let number = self.past.len().to_string();
        let mut new = NewInteraction::new(customer, kind);
        new.id = Some(InteractionId(derived(&[
            &customer.to_string(),
            kind,
            &number,
        ])));
        new.occurred_at = Some(self.ago(days, hour, minute)?);
        new.channel = Some(channel.to_owned());
        new.data = Some(data);
        new.historical = true;
        self.past.push(new);
        Ok(self
            .past
            .last_mut()
            .unwrap_or_else(|| unreachable!("it was just pushed")))
    }

    /// Adds an interaction that happens now, for plugins to run on.
    pub fn now(&mut self, customer: CustomerId, kind: &str, channel: &str, data: Json) {
        let mut new = NewInteraction::new(customer, kind);
        new.channel = Some(channel.to_owned());
        new.data = Some(data);
        self.live.push(new);
    }

    /// Imports the history, which triggers no plugins, then records the events of today.
    pub fn finish(self) -> Result<()> {
        for batch in self.past.chunks(1000) {
            self.host.import(batch.to_vec())?;
        }
        for recorded in self.host.record_all(self.live) {
            recorded?;
        }
        self.host.settle()?;
        Ok(())
    }
}

pub fn email(address: &str) -> ContactPoint {
    ContactPoint {
        kind: ContactKind::Email,
        value: address.to_owned(),
        label: None,
    }
}

pub fn card(number: &str) -> ContactPoint {
    ContactPoint {
        kind: ContactKind::External,
        value: number.to_owned(),
        label: Some("membership-card".to_owned()),
    }
}
