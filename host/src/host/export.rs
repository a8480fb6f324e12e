//! The export of the data stored about one customer, without data about other customers.

use std::marker::PhantomData;

use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::Host;
use crate::error::Error;
use crate::model::*;
use crate::store::{
    CustomerData, MessageQuery, PageRequest, RetryEntry, RetryQuery, RunQuery, StoreError,
    TaskQuery, TimelineQuery,
};

/// The number of rows that are read at once.
const PAGE: u32 = 500;

/// The data stored about one customer, ready to be serialised.
///
/// Serialisation reads the store page by page, so a long history needs little memory. It fails if the customer is
/// erased meanwhile.
///
/// The export leaves out plugin memory (`Scope::Plugin`) and plugin logs, because both may contain data about other
/// customers.
pub struct CustomerExport {
    host: Host,
    at: Timestamp,
    customer: Customer,
    progress: Option<Box<dyn Fn(u64) + Send + Sync>>,
}

impl Host {
    /// Exports the data stored about a customer.
    ///
    /// - Customer: record, contact points with suppressions, preferences, consents, complaints.
    /// - History: interactions, events, cards, questions with answers, tasks, messages with all verdicts.
    /// - Plugins: proposals with reasons, memories, timers, deferred and dead events, the list of stored transcripts,
    ///   and stored action output.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn export_customer(&self, id: CustomerId) -> Result<CustomerExport, Error> {
        Ok(CustomerExport {
            customer: self.customer(id)?,
            at: self.now(),
            host: self.clone(),
            progress: None,
        })
    }
}

impl CustomerExport {
    /// Calls `progress` during serialisation with the number of items written since its last call.
    #[must_use]
    pub fn telling(mut self, progress: impl Fn(u64) + Send + Sync + 'static) -> CustomerExport {
        self.progress = Some(Box::new(progress));
        self
    }

    fn tell(&self, items: usize) {
        if let Some(progress) = &self.progress {
            progress(items as u64);
        }
    }

    fn pages<T, F>(&self, read: F) -> Pages<'_, T, F>
    where
        T: Serialize,
        F: Fn(PageRequest) -> Result<Page<T>, StoreError>,
    {
        Pages {
            export: self,
            read,
            item: PhantomData,
        }
    }

    fn points(&self) -> Result<Vec<ExportedPoint>, Error> {
        let points = self.host.engine.store.contact_points(self.customer.id)?;
        let suppressed = |point: ContactPoint| {
            let found = self.host.suppression(&point)?;
            Ok(ExportedPoint {
                point,
                suppressed: found.map(|found| ExportedSuppression {
                    since: found.at,
                    reason: found.reason,
                }),
            })
        };
        points.into_iter().map(suppressed).collect()
    }
}

impl Serialize for CustomerExport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let id = self.customer.id;
        let store = &self.host.engine.store;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("exported_at", &self.at)?;
        map.serialize_entry("customer", &self.customer)?;
        map.serialize_entry("contact_points", &self.points().map_err(S::Error::custom)?)?;
        let preferences = store.preferences(id).map_err(S::Error::custom)?;
        map.serialize_entry("preferences", &preferences)?;
        map.serialize_entry("consents", &self.pages(|page| store.consents(id, page)))?;
        let complaints = store.complaints(id).map_err(S::Error::custom)?;
        map.serialize_entry("complaints", &complaints)?;
        let all = TimelineQuery::default();
        let history = self.pages(|page| store.timeline(id, &all, page));
        map.serialize_entry("interactions", &history)?;
        let events =
            self.pages(|page| Ok(each(store.customer_events(id, page)?, ExportedEvent::from)));
        map.serialize_entry("events", &events)?;
        map.serialize_entry("cards", &self.pages(|page| store.cards(id, page)))?;
        map.serialize_entry("questions", &self.pages(|page| store.questions(id, page)))?;
        let about = TaskQuery {
            customer: Some(id),
            ..TaskQuery::default()
        };
        map.serialize_entry("tasks", &self.pages(|page| store.tasks(&about, page)))?;
        let about = MessageQuery {
            customer: Some(id),
            ..MessageQuery::default()
        };
        map.serialize_entry("messages", &self.pages(|page| store.messages(&about, page)))?;
        let about = RunQuery {
            customer: Some(id),
            ..RunQuery::default()
        };
        let runs = self.pages(|page| Ok(each(store.runs(&about, page)?, ExportedRun::from)));
        map.serialize_entry("runs", &runs)?;
        let CustomerData {
            memories,
            kept_memories,
            timers,
            answers,
        } = store.customer_data(id).map_err(S::Error::custom)?;
        map.serialize_entry("memories", &memories)?;
        map.serialize_entry("kept_memories", &kept_memories)?;
        let timers: Vec<_> = timers.into_iter().map(ExportedTimer::from).collect();
        map.serialize_entry("timers", &timers)?;
        let about = RetryQuery {
            customer: Some(id),
            ..RetryQuery::default()
        };
        let waiting =
            self.pages(|page| Ok(each(store.deferred(&about, page)?, ExportedWaiting::from)));
        map.serialize_entry("waiting", &waiting)?;
        let transcripts = self.pages(|page| store.kept_transcripts(id, page));
        map.serialize_entry("transcripts", &transcripts)?;
        let answers: Vec<_> = answers.into_iter().map(ExportedAnswer::from).collect();
        map.serialize_entry("answers", &answers)?;
        // Fail if the customer was erased meanwhile: rows read after an erasure are blank.
        self.host.customer(id).map_err(S::Error::custom)?;
        map.end()
    }
}

/// A list that is read page by page as it is written.
struct Pages<'e, T, F> {
    export: &'e CustomerExport,
    read: F,
    item: PhantomData<T>,
}

impl<T, F> Serialize for Pages<'_, T, F>
where
    T: Serialize,
    F: Fn(PageRequest) -> Result<Page<T>, StoreError>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let mut request = PageRequest::first(PAGE);
        loop {
            let page = (self.read)(request).map_err(S::Error::custom)?;
            for item in &page.items {
                list.serialize_element(item)?;
            }
            self.export.tell(page.items.len());
            if page.next.is_none() {
                return list.end();
            }
            request.after = page.next;
        }
    }
}

fn each<T, U>(page: Page<T>, with: impl Fn(T) -> U) -> Page<U> {
    Page {
        items: page.items.into_iter().map(with).collect(),
        next: page.next,
    }
}

#[derive(Serialize)]
struct ExportedPoint {
    #[serde(flatten)]
    point: ContactPoint,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<ExportedSuppression>,
}

#[derive(Serialize)]
struct ExportedSuppression {
    since: Timestamp,
    reason: SuppressionReason,
}

/// An event in plain form. It names its interaction, which the history contains.
#[derive(Serialize)]
struct ExportedEvent {
    id: EventId,
    r#type: String,
    time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interaction: Option<InteractionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<EventData>,
}

impl From<Event> for ExportedEvent {
    fn from(event: Event) -> ExportedEvent {
        let r#type = event.data.kind().to_owned();
        let (interaction, data) = match event.data {
            EventData::InteractionRecorded { interaction } => (Some(interaction.id), None),
            EventData::CustomerCreated => (None, None),
            data => (None, Some(data)),
        };
        ExportedEvent {
            id: event.id,
            r#type,
            time: event.time,
            cause: event.cause,
            interaction,
            data,
        }
    }
}

/// A plugin's proposals with their reasons. Failure messages are left out, because they may name other customers.
#[derive(Serialize)]
struct ExportedRun {
    id: RunId,
    plugin: InstallationId,
    trigger: Trigger,
    started_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureKind>,
    proposals: Vec<Proposal>,
}

impl From<Run> for ExportedRun {
    fn from(run: Run) -> ExportedRun {
        let mut proposals = run.proposals;
        // A plugin's own memory may name other customers.
        proposals.retain(|proposal| {
            let own = matches!(
                proposal.effect,
                Effect::Remember {
                    scope: Scope::Plugin,
                    ..
                }
            );
            !own
        });
        ExportedRun {
            id: run.id,
            plugin: run.installation,
            trigger: run.trigger,
            started_at: run.started_at,
            failure: match run.outcome {
                RunOutcome::Completed => None,
                RunOutcome::Failed { failure, .. } => Some(failure),
            },
            proposals,
        }
    }
}

/// A deferred or dead event, without the plugin's error message.
#[derive(Serialize)]
struct ExportedWaiting {
    plugin: InstallationId,
    event: EventId,
    attempts: u32,
    dead: bool,
    since: Timestamp,
}

impl From<RetryEntry> for ExportedWaiting {
    fn from(deferred: RetryEntry) -> ExportedWaiting {
        ExportedWaiting {
            plugin: deferred.installation,
            event: deferred.event.id,
            attempts: deferred.attempts,
            dead: deferred.dead,
            since: deferred.since,
        }
    }
}

#[derive(Serialize)]
struct ExportedTimer {
    plugin: InstallationId,
    key: String,
    at: Timestamp,
    payload: Json,
}

impl From<crate::store::Timer> for ExportedTimer {
    fn from(timer: crate::store::Timer) -> ExportedTimer {
        ExportedTimer {
            plugin: timer.installation,
            key: timer.key,
            at: timer.at,
            payload: timer.payload,
        }
    }
}

/// The stored output of an action about the customer.
#[derive(Serialize)]
struct ExportedAnswer {
    at: Timestamp,
    run: RunId,
    output: Json,
}

impl From<crate::store::IdempotencyRecord> for ExportedAnswer {
    fn from(answer: crate::store::IdempotencyRecord) -> ExportedAnswer {
        ExportedAnswer {
            at: answer.at,
            run: answer.reply.run,
            output: answer.reply.output,
        }
    }
}
