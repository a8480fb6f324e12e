use jiff::tz::TimeZone;
use serde::Serialize;

use super::Host;
use crate::error::Error;
use crate::model::*;
use crate::runtime::RuntimeConfig;
use crate::store::{Counts, Memory, MessageQuery, PageRequest, RetryEntry, RetryQuery, RunQuery};

/// An event that is deferred for a plugin, or dead.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DeferredEvent {
    pub plugin: InstallationId,
    pub event: EventId,
    /// The CloudEvents type.
    #[serde(rename = "type")]
    pub kind: String,
    pub customer: CustomerId,
    /// The time of the event.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub time: Timestamp,
    /// The number of attempts.
    pub attempts: u32,
    /// The time of the next attempt, or since which it is due and waits for room. `None` behind an earlier event, and
    /// if it is dead.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub due_at: Option<Timestamp>,
    /// True if it is not tried any more.
    pub dead: bool,
    /// The error of the last attempt, or the reason why there was none.
    pub error: String,
    /// The time since which it is deferred, or dead.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub since: Timestamp,
}

impl From<RetryEntry> for DeferredEvent {
    fn from(deferred: RetryEntry) -> DeferredEvent {
        DeferredEvent {
            plugin: deferred.installation,
            event: deferred.event.id,
            kind: deferred.event.data.kind().to_owned(),
            customer: deferred.event.customer,
            time: deferred.event.time,
            attempts: deferred.attempts,
            due_at: deferred.due_at,
            dead: deferred.dead,
            error: deferred.error,
            since: deferred.since,
        }
    }
}

impl Host {
    /// Returns messages, newest first.
    pub fn messages(
        &self,
        query: &MessageQuery,
        page: PageRequest,
    ) -> Result<Page<Message>, Error> {
        Ok(self.engine.store.messages(query, page)?)
    }

    /// # Errors
    /// [`Error::NotFound`].
    pub fn message(&self, id: MessageId) -> Result<Message, Error> {
        self.engine
            .store
            .message(id)?
            .ok_or_else(|| Error::not_found("message", id))
    }

    /// Newest first.
    pub fn runs(&self, query: &RunQuery, page: PageRequest) -> Result<Page<Run>, Error> {
        Ok(self.engine.store.runs(query, page)?)
    }

    /// # Errors
    /// [`Error::NotFound`].
    pub fn run(&self, id: RunId) -> Result<Run, Error> {
        self.engine
            .store
            .run(id)?
            .ok_or_else(|| Error::not_found("run", id))
    }

    /// Returns entries of the event log after a place in it, in order.
    pub fn events(&self, after: u64, limit: u32) -> Result<Vec<Event>, Error> {
        Ok(self.engine.store.events(after, limit)?)
    }

    /// Returns deferred and dead events, in the order of the log.
    pub fn deferred(
        &self,
        query: &RetryQuery,
        page: PageRequest,
    ) -> Result<Page<RetryEntry>, Error> {
        Ok(self.engine.store.deferred(query, page)?)
    }

    /// Returns a plugin's memory of a customer, or its own.
    pub fn memory(
        &self,
        plugin: &InstallationId,
        customer: Option<CustomerId>,
    ) -> Result<Memory, Error> {
        Ok(self.engine.store.memory(plugin, customer)?)
    }

    /// Checks that the host takes new work and its store answers.
    ///
    /// # Errors
    /// [`Error::Stopped`], or [`Error::Store`] with the store's failure.
    pub fn ready(&self) -> Result<(), Error> {
        self.engine.check_open()?;
        self.engine.store.last_seq()?;
        Ok(())
    }

    /// Returns the customer's time zone, or the business's.
    pub fn zone_of(&self, customer: &Customer) -> TimeZone {
        self.engine.zone_of(customer)
    }

    /// The limits of the sandbox.
    pub fn runtime_config(&self) -> &RuntimeConfig {
        self.engine.runtime.config()
    }

    /// Returns the number of rows of each kind. Counts row by row.
    pub fn counts(&self) -> Result<Counts, Error> {
        Ok(self.engine.store.counts()?)
    }
}
