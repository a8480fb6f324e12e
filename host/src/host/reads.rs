use jiff::tz::TimeZone;
use serde::Serialize;

use super::{Core, Host};
use crate::error::Error;
use crate::model::*;
use crate::store::{
    Counts, Memory, MessageQuery, OutreachRequest, OutreachView, PageRequest, Parked, ParkedQuery,
    RunQuery, StoreError,
};

/// An event that waits for a plugin, or is dead, as the API tells of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ParkedEvent {
    pub plugin: InstallationId,
    pub event: EventId,
    /// The CloudEvents type.
    #[serde(rename = "type")]
    pub kind: String,
    pub customer: CustomerId,
    /// When the event happened.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub time: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, or since when it is due and waits for room at the plugin; none where it
    /// waits behind an earlier one, or is dead.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub due_at: Option<Timestamp>,
    /// Whether it is not tried any more.
    pub dead: bool,
    /// What the last attempt said, or why there was none.
    pub error: String,
    /// Since when it waits, or is dead.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub since: Timestamp,
}

impl From<Parked> for ParkedEvent {
    fn from(parked: Parked) -> ParkedEvent {
        ParkedEvent {
            plugin: parked.installation,
            event: parked.event.id,
            kind: parked.event.data.kind().to_owned(),
            customer: parked.event.customer,
            time: parked.event.time,
            attempts: parked.attempts,
            due_at: parked.due_at,
            dead: parked.dead,
            error: parked.error,
            since: parked.since,
        }
    }
}

impl Host {
    /// Outreach, newest first.
    pub fn messages(
        &self,
        query: &MessageQuery,
        page: PageRequest,
    ) -> Result<Page<Message>, Error> {
        Ok(self.core.store.messages(query, page)?)
    }

    /// # Errors
    /// [`Error::NotFound`].
    pub fn message(&self, id: MessageId) -> Result<Message, Error> {
        self.core
            .store
            .message(id)?
            .ok_or_else(|| Error::not_found("message", id))
    }

    /// Newest first.
    pub fn runs(&self, query: &RunQuery, page: PageRequest) -> Result<Page<Run>, Error> {
        Ok(self.core.store.runs(query, page)?)
    }

    /// # Errors
    /// [`Error::NotFound`].
    pub fn run(&self, id: RunId) -> Result<Run, Error> {
        self.core
            .store
            .run(id)?
            .ok_or_else(|| Error::not_found("run", id))
    }

    /// Entries of the event log after a place in it, in order.
    pub fn events(&self, after: u64, limit: u32) -> Result<Vec<Event>, Error> {
        Ok(self.core.store.events(after, limit)?)
    }

    /// Events that wait for a plugin, or are dead, in the order of the log.
    pub fn parked(&self, query: &ParkedQuery, page: PageRequest) -> Result<Page<Parked>, Error> {
        Ok(self.core.store.parked(query, page)?)
    }

    /// What a plugin remembers: of a customer, or with none for itself.
    pub fn memory(
        &self,
        plugin: &InstallationId,
        customer: Option<CustomerId>,
    ) -> Result<Memory, Error> {
        Ok(self.core.store.memory(plugin, customer)?)
    }

    /// Whether the host takes new work and its storage answers.
    ///
    /// # Errors
    /// [`Error::Stopped`], or [`Error::Store`] with what is wrong with the storage.
    pub fn ready(&self) -> Result<(), Error> {
        self.core.open()?;
        self.core.store.newest()?;
        Ok(())
    }

    /// How much there is, counted row by row.
    pub fn counts(&self) -> Result<Counts, Error> {
        Ok(self.core.store.counts()?)
    }
}

impl Core {
    /// What the rules of contact look at of a customer.
    pub fn outreach(
        &self,
        customer: CustomerId,
        now: Timestamp,
        without: Option<MessageId>,
    ) -> Result<Option<(Customer, OutreachView)>, StoreError> {
        self.store.outreach(&OutreachRequest {
            customer,
            since: self.policy.since(now),
            without,
        })
    }

    /// The customer's time zone, else the business's.
    pub fn zone_of(&self, customer: &Customer) -> TimeZone {
        let own = customer.time_zone.as_deref().map(TimeZone::get);
        own.and_then(Result::ok)
            .or_else(|| TimeZone::get(&self.config.time_zone).ok())
            .unwrap_or(TimeZone::UTC)
    }
}
