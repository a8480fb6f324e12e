use serde::Serialize;

use super::Host;
use crate::error::Error;
use crate::model::*;
use crate::store::{PageRequest, RunQuery};

/// An event of a customer and everything that came of it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct Explained {
    pub event: EventId,
    /// The CloudEvents type.
    #[serde(rename = "type")]
    pub kind: String,
    pub time: Timestamp,
    pub cause: Option<EventId>,
    pub data: EventData,
    pub runs: Vec<ExplainedRun>,
}

/// What one plugin made of the event.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct ExplainedRun {
    #[serde(flatten)]
    pub run: Run,
    /// The evidence of its proposals, looked up.
    pub evidence: Vec<Interaction>,
}

impl Host {
    /// Why a customer was or was not contacted: their events, newest first, each with the plugins
    /// that ran, what they proposed, every rule's verdict and what came of it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn explain(
        &self,
        customer: CustomerId,
        page: PageRequest,
    ) -> Result<Page<Explained>, Error> {
        self.customer(customer)?;
        let events = self.core.store.customer_events(customer, page)?;
        let mut items = Vec::with_capacity(events.items.len());
        for event in events.items {
            let query = RunQuery {
                event: Some(event.id),
                ..RunQuery::default()
            };
            let mut runs = Vec::new();
            for run in self.core.store.runs(&query, PageRequest::first(100))?.items {
                runs.push(ExplainedRun {
                    evidence: self.evidence(&run)?,
                    run,
                });
            }
            runs.reverse();
            items.push(Explained {
                event: event.id,
                kind: event.data.kind().to_owned(),
                time: event.time,
                cause: event.cause,
                data: event.data,
                runs,
            });
        }
        Ok(Page {
            items,
            next: events.next,
        })
    }

    /// The interactions that a run's proposals rest on.
    pub fn evidence(&self, run: &Run) -> Result<Vec<Interaction>, Error> {
        let mut found: Vec<Interaction> = Vec::new();
        for because in run
            .proposals
            .iter()
            .filter_map(|proposal| proposal.effect.because())
        {
            for id in because.evidence.iter().take(20) {
                if !found.iter().any(|known| known.id == *id)
                    && let Some(interaction) = self.core.store.interaction(*id)?
                    && Some(interaction.customer) == run.customer
                {
                    found.push(interaction);
                }
            }
        }
        Ok(found)
    }
}
