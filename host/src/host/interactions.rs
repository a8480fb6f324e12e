use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::{Host, validate};
use crate::engine::append_event;
use crate::error::Error;
use crate::model::*;
use crate::store::{
    Changeset, Committed, PageRequest, Precondition, RetryQuery, StoreError, TimelineQuery,
};

/// An interaction to record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewInteraction {
    /// Any UUID; the host makes one by default. Recording it again is the same interaction.
    #[serde(default)]
    pub id: Option<InteractionId>,
    pub customer: CustomerId,
    /// One of the host's kinds, or a plugin's own `<plugin>/<kind>`.
    pub kind: String,
    #[serde(default)]
    pub direction: Direction,
    /// Now by default.
    #[serde(default, deserialize_with = "instant")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub occurred_at: Option<Timestamp>,
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(max_length = 200))]
    pub channel: Option<String>,
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(max_length = 200))]
    pub subject: Option<String>,
    /// At most 65536 bytes in UTF-8.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(max_length = 65536))]
    pub body: Option<String>,
    /// An object; empty by default.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>))]
    pub data: Option<Json>,
    /// Imported from the past: it becomes part of the history and triggers no event.
    #[serde(default)]
    pub historical: bool,
}

impl NewInteraction {
    /// Creates an inbound interaction that happens now.
    pub fn new(customer: CustomerId, kind: impl Into<String>) -> NewInteraction {
        NewInteraction {
            id: None,
            customer,
            kind: kind.into(),
            direction: Direction::Inbound,
            occurred_at: None,
            channel: None,
            subject: None,
            body: None,
            data: None,
            historical: false,
        }
    }
}

/// An interaction as it was recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Recorded {
    pub interaction: Interaction,
    /// The event that it triggered; none for a historical one.
    pub event: Option<EventId>,
    /// True if it was recorded before. Then nothing was written.
    pub repeated: bool,
}

/// A future that resolves to true once the event is processed. It resolves to false if the host stops first.
///
/// Processed means that each plugin that wants the event has run on it, or that the event is deferred or dead for that
/// plugin. [`Host::waits_for`] lists such plugins. Without `await`, use [`Processed::wait`].
pub struct Processed(oneshot::Receiver<()>);

impl Processed {
    pub(super) fn new(receiver: oneshot::Receiver<()>) -> Processed {
        Processed(receiver)
    }

    /// Blocks until the event is processed, and returns true. Returns false if the host stops first. Asynchronous code
    /// must not call this.
    pub fn wait(self) -> bool {
        self.0.blocking_recv().is_ok()
    }
}

impl Future for Processed {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        Pin::new(&mut self.0)
            .poll(context)
            .map(|handled| handled.is_ok())
    }
}

/// A validated interaction, and the changeset that records it.
pub(super) struct Prepared {
    pub interaction: Interaction,
    /// True if the caller gave the time.
    timed: bool,
    changeset: Changeset,
}

impl Host {
    /// Records an interaction and, unless it is historical, its event `interaction.recorded`. Both are durable when
    /// this returns. Plugins run afterwards.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the field, [`Error::NotFound`] an unknown customer,
    /// [`Error::Duplicate`] an id that was used for something else.
    pub fn record(&self, new: NewInteraction) -> Result<Recorded, Error> {
        let mut prepared = self.prepare(new)?;
        let result = self.engine.commit(std::mem::take(&mut prepared.changeset));
        self.recorded(prepared, result)
            .map(|(recorded, _)| recorded)
    }

    /// Records many interactions at once. Each succeeds or fails by itself: see [`Host::record`].
    pub fn record_all(&self, new: Vec<NewInteraction>) -> Vec<Result<Recorded, Error>> {
        let prepared: Vec<_> = new
            .into_iter()
            .map(|new| {
                let mut prepared = self.prepare(new)?;
                let changeset = std::mem::take(&mut prepared.changeset);
                let (sender, receiver) = std::sync::mpsc::sync_channel(1);
                self.engine
                    .submit(changeset, move |result| drop(sender.send(result)));
                Ok((prepared, receiver))
            })
            .collect();
        prepared
            .into_iter()
            .map(|prepared: Result<_, Error>| {
                let (prepared, receiver) = prepared?;
                let result = receiver.recv().unwrap_or(Err(StoreError::Closed));
                self.recorded(prepared, result.map_err(Error::from))
                    .map(|(recorded, _)| recorded)
            })
            .collect()
    }

    /// Records an interaction, and returns a future that resolves once plugins have processed its event.
    ///
    /// # Errors
    /// As [`Host::record`].
    pub fn record_and_follow(
        &self,
        mut new: NewInteraction,
    ) -> Result<(Recorded, Processed), Error> {
        let id = *new
            .id
            .get_or_insert_with(|| InteractionId(self.engine.ids.next(self.now())));
        let event = crate::ids::event_of(id);
        let receiver = self.dispatcher.subscribe(event);
        let recorded = self.prepare(new).and_then(|mut prepared| {
            let result = self.engine.commit(std::mem::take(&mut prepared.changeset));
            self.recorded(prepared, result)
        });
        if !matches!(recorded, Ok((_, true))) {
            self.dispatcher.complete(event);
        }
        recorded.map(|(recorded, _)| (recorded, Processed(receiver)))
    }

    /// Returns the installed plugins for which a processed event is deferred or dead. The event is deferred if the
    /// plugin exceeded its limits, is quarantined or broken, or will be retried.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn waits_for(&self, event: EventId) -> Result<Vec<InstallationId>, Error> {
        let query = RetryQuery {
            event: Some(event),
            ..RetryQuery::default()
        };
        let deferred = self
            .engine
            .store
            .deferred(&query, PageRequest::first(1000))?;
        let plugins = self.engine.plugins();
        let installed = plugins.all.iter().map(|active| &active.installation.id);
        Ok(installed
            .filter(|id| deferred.items.iter().any(|it| it.installation == **id))
            .cloned()
            .collect())
    }

    fn is_pending(&self, event: &Event) -> bool {
        let first = self
            .engine
            .store
            .pending(None, event.seq - 1, 1)
            .unwrap_or_default();
        first.first().is_some_and(|pending| pending.id == event.id)
    }

    pub(super) fn prepare(&self, new: NewInteraction) -> Result<Prepared, Error> {
        self.engine.check_open()?;
        let now = self.now();
        validate::new_interaction(&new, now)?;
        let timed = new.occurred_at.is_some();
        let interaction = Interaction {
            id: new
                .id
                .unwrap_or_else(|| InteractionId(self.engine.ids.next(now))),
            customer: new.customer,
            kind: new.kind,
            direction: new.direction,
            occurred_at: to_millis(new.occurred_at.unwrap_or(now)),
            channel: new.channel,
            subject: new.subject,
            body: new.body,
            data: new.data.unwrap_or_else(|| Json::Object(Default::default())),
        };
        let mut changeset = Changeset::new();
        changeset.expect(Precondition::InteractionAbsent(interaction.id));
        changeset.append_interaction(interaction.clone());
        if !new.historical {
            let data = EventData::InteractionRecorded {
                interaction: interaction.clone(),
            };
            changeset.push(append_event(NewEvent {
                id: crate::ids::event_of(interaction.id),
                customer: interaction.customer,
                time: now,
                cause: None,
                depth: 0,
                data,
            }));
            changeset.changes.extend(self.answers(&interaction, now)?);
        }
        Ok(Prepared {
            interaction,
            timed,
            changeset,
        })
    }

    /// Returns the result of a recording, and true if its event is pending.
    fn recorded(
        &self,
        prepared: Prepared,
        result: Result<Committed, Error>,
    ) -> Result<(Recorded, bool), Error> {
        let Prepared {
            interaction, timed, ..
        } = prepared;
        match result {
            Ok(committed) => {
                let event = committed
                    .last_seq
                    .map(|_| crate::ids::event_of(interaction.id));
                Ok((
                    Recorded {
                        interaction,
                        event,
                        repeated: false,
                    },
                    event.is_some_and(|id| committed.pending.iter().any(|it| it.id == id)),
                ))
            }
            Err(Error::Store(StoreError::Conflict(Precondition::Customer {
                customer, ..
            }))) => Err(self.engine.no_customer(customer)),
            Err(Error::Store(StoreError::Conflict(Precondition::InteractionAbsent(id)))) => {
                // A repeated call cannot know the time that the host filled in.
                let same = |stored: &Interaction| {
                    let occurred_at = if timed {
                        interaction.occurred_at
                    } else {
                        stored.occurred_at
                    };
                    *stored
                        == Interaction {
                            occurred_at,
                            ..interaction.clone()
                        }
                };
                let Some(stored) = self.engine.store.interaction(id)?.filter(same) else {
                    return Err(Error::Duplicate {
                        what: "interaction",
                        id: id.to_string(),
                    });
                };
                let event = self.engine.store.event(crate::ids::event_of(id))?;
                let waits = event.as_ref().is_some_and(|event| self.is_pending(event));
                let event = event.map(|event| event.id);
                Ok((
                    Recorded {
                        interaction: stored,
                        event,
                        repeated: true,
                    },
                    waits,
                ))
            }
            Err(error) => Err(error),
        }
    }

    /// Returns a customer's interactions by time, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn timeline(
        &self,
        customer: CustomerId,
        query: &TimelineQuery,
        page: PageRequest,
    ) -> Result<Page<Interaction>, Error> {
        self.customer(customer)?;
        Ok(self.engine.store.timeline(customer, query, page)?)
    }

    /// Checks an interaction except for its customer. Writes nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the field.
    pub fn check_interaction(&self, new: &NewInteraction) -> Result<(), Error> {
        validate::new_interaction(new, self.now())
    }

    /// # Errors
    /// [`Error::NotFound`].
    pub fn interaction(&self, id: InteractionId) -> Result<Interaction, Error> {
        self.engine
            .store
            .interaction(id)?
            .ok_or_else(|| Error::not_found("interaction", id))
    }
}

pub(super) fn to_millis(instant: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(instant.as_millisecond()).unwrap_or(instant)
}
