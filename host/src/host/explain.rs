use serde::Serialize;

use super::Host;
use crate::error::Error;
use crate::model::*;
use crate::store::{PageRequest, RunQuery};

/// Something that happened to a customer, and everything that came of it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Explained {
    #[serde(flatten)]
    pub occasion: Occasion,
    /// The CloudEvents type of an event; `action.called` for an action, which is not in the log.
    #[serde(rename = "type")]
    pub kind: String,
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub time: Timestamp,
    pub runs: Vec<ExplainedRun>,
}

/// What plugins ran on.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "nearly all of them are events")]
pub enum Occasion {
    /// An event of the log.
    Event {
        event: EventId,
        cause: Option<EventId>,
        data: EventData,
    },
    /// Somebody called one of a plugin's actions.
    Action {
        plugin: InstallationId,
        action: String,
    },
}

/// What one plugin made of the event.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ExplainedRun {
    #[serde(flatten)]
    pub run: Run,
    /// The evidence of its proposals, looked up.
    pub evidence: Vec<Interaction>,
}

impl Host {
    /// Why a customer was or was not contacted: their events and the actions called for them, newest
    /// first, each with the plugins that ran, what they proposed, every rule's verdict and what came
    /// of it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn explain(
        &self,
        customer: CustomerId,
        page: PageRequest,
    ) -> Result<Page<Explained>, Error> {
        self.customer(customer)?;
        // Two lists become one: a cursor holds the place in each, where it has begun.
        let (mut action_place, mut event_place) = match page.after {
            Some(cursor) => (cursor.at, cursor.seq),
            None => (i64::MAX, i64::MAX),
        };
        let store = &self.core.store;
        let limit = page.limit.clamp(1, 1000);
        let after = Some(Cursor {
            at: 0,
            seq: event_place,
        });
        let events = store.customer_events(customer, PageRequest { after, limit })?;
        let more_events = events.next.is_some();
        let mut events = events.items.into_iter().peekable();
        // One more than can be shown: it tells whether there is a next page.
        let before = u64::try_from(action_place).unwrap_or_default();
        let actions = store.action_runs(customer, before, limit + 1)?;
        let mut actions = actions.into_iter().peekable();

        let mut items = Vec::new();
        while items.len() < limit as usize {
            // What an action records happens at the same instant, and after it.
            let action_next = match (events.peek(), actions.peek()) {
                (Some(event), Some((_, run))) => run.started_at > event.time,
                (None, Some(_)) => true,
                (_, None) => false,
            };
            if action_next {
                let Some((place, run)) = actions.next() else {
                    break;
                };
                action_place = place as i64;
                items.push(self.explained_action(run)?);
            } else {
                let Some(event) = events.next() else { break };
                event_place = event.seq as i64;
                items.push(self.explained_event(event)?);
            }
        }
        let more = more_events || events.peek().is_some() || actions.peek().is_some();
        Ok(Page {
            items,
            next: more.then_some(Cursor {
                at: action_place,
                seq: event_place,
            }),
        })
    }

    fn explained_event(&self, event: Event) -> Result<Explained, Error> {
        let query = RunQuery {
            event: Some(event.id),
            ..RunQuery::default()
        };
        let mut runs = Vec::new();
        for run in self.core.store.runs(&query, PageRequest::first(100))?.items {
            runs.push(self.explained_run(run)?);
        }
        runs.reverse();
        Ok(Explained {
            kind: event.data.kind().to_owned(),
            time: event.time,
            occasion: Occasion::Event {
                event: event.id,
                cause: event.cause,
                data: event.data,
            },
            runs,
        })
    }

    fn explained_action(&self, run: Run) -> Result<Explained, Error> {
        let action = match &run.trigger {
            Trigger::Action { action } => action.clone(),
            Trigger::Event { kind, .. } => kind.clone(),
        };
        Ok(Explained {
            kind: "action.called".to_owned(),
            time: run.started_at,
            occasion: Occasion::Action {
                plugin: run.installation.clone(),
                action,
            },
            runs: vec![self.explained_run(run)?],
        })
    }

    fn explained_run(&self, run: Run) -> Result<ExplainedRun, Error> {
        Ok(ExplainedRun {
            evidence: self.evidence(&run)?,
            run,
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
