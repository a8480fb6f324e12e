//! Dead letters: listing, redriving and dropping them.

use serde::Serialize;

use super::{DeferredEvent, Host};
use crate::error::Error;
use crate::model::*;
use crate::store::{
    Change, Changeset, PageRequest, Precondition, RetryEntry, RetryQuery, RunQuery, StoreError,
};

/// The maximum number of dead letters that one transaction changes.
const PAGE: u32 = 500;

/// An event that is dead for a plugin, with all attempts.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DeadLetter {
    #[serde(flatten)]
    pub deferred: DeferredEvent,
    /// The event's data.
    pub data: EventData,
    /// The runs with their failures and logs, in order.
    pub runs: Vec<Run>,
}

impl Host {
    /// Returns dead letters in the order of the log. `None` selects all plugins, or all customers.
    pub fn dead_letters(
        &self,
        plugin: Option<InstallationId>,
        customer: Option<CustomerId>,
        page: PageRequest,
    ) -> Result<Page<DeferredEvent>, Error> {
        Ok(self.dead(plugin, customer, page)?.map(DeferredEvent::from))
    }

    /// Returns a dead letter with its attempts.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the event is not dead for that plugin.
    pub fn dead_letter(
        &self,
        event: EventId,
        plugin: &InstallationId,
    ) -> Result<DeadLetter, Error> {
        let deferred = self.find_dead(event, plugin)?;
        let query = RunQuery {
            event: Some(event),
            ..RunQuery::default()
        };
        let mut runs = Vec::new();
        let mut page = PageRequest::first(1000);
        loop {
            let found = self.engine.store.runs(&query, page)?;
            runs.extend(
                found
                    .items
                    .into_iter()
                    .filter(|run| run.installation == *plugin),
            );
            page.after = found.next;
            if page.after.is_none() {
                break;
            }
        }
        runs.reverse();
        Ok(DeadLetter {
            data: deferred.event.data.clone(),
            deferred: deferred.into(),
            runs,
        })
    }

    /// Redrives a dead event. It gets as many attempts as a new event, and runs before later deferred events of the
    /// same customer.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the event is not dead for that plugin. [`Error::Conflict`] if the plugin is not
    /// installed.
    pub fn redrive(&self, event: EventId, plugin: &InstallationId) -> Result<(), Error> {
        self.engine.check_open()?;
        let deferred = self.find_dead(event, plugin)?;
        self.installed(plugin)?;
        self.rewrite(Act::DeadLettersRedriven, &[deferred], |deferred, at| {
            Change::Redrive {
                event: deferred.event.id,
                installation: deferred.installation.clone(),
                at,
            }
        })
    }

    /// Redrives all dead events of one plugin, or of all installed plugins. Returns the number of events. A `dry_run`
    /// only counts them.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the given plugin is not installed.
    pub fn redrive_all(
        &self,
        plugin: Option<&InstallationId>,
        dry_run: bool,
    ) -> Result<u64, Error> {
        self.engine.check_open()?;
        if let Some(plugin) = plugin {
            self.installed(plugin)?;
        }
        let plugins = self.engine.plugins();
        self.each_page(plugin, |host, page| {
            page.retain(|deferred| plugins.get(&deferred.installation).is_some());
            if dry_run {
                return Ok(());
            }
            host.rewrite(Act::DeadLettersRedriven, page, |deferred, at| {
                Change::Redrive {
                    event: deferred.event.id,
                    installation: deferred.installation.clone(),
                    at,
                }
            })
        })
    }

    /// Drops a dead letter: the plugin never sees that event. The event stays in the log.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the event is not dead for that plugin.
    pub fn drop_dead_letter(&self, event: EventId, plugin: &InstallationId) -> Result<(), Error> {
        self.engine.check_open()?;
        let deferred = self.find_dead(event, plugin)?;
        self.rewrite(Act::DeadLettersDropped, &[deferred], |deferred, _| {
            remove_deferred(deferred)
        })
    }

    /// Drops all dead letters of one plugin, or of all plugins. Returns the number of dead letters. A `dry_run` only
    /// counts them.
    pub fn drop_dead_letters(
        &self,
        plugin: Option<&InstallationId>,
        dry_run: bool,
    ) -> Result<u64, Error> {
        self.engine.check_open()?;
        self.each_page(plugin, |host, page| {
            if dry_run {
                return Ok(());
            }
            host.rewrite(Act::DeadLettersDropped, page, |deferred, _| {
                remove_deferred(deferred)
            })
        })
    }

    fn dead(
        &self,
        installation: Option<InstallationId>,
        customer: Option<CustomerId>,
        page: PageRequest,
    ) -> Result<Page<RetryEntry>, Error> {
        let query = RetryQuery {
            dead: Some(true),
            installation,
            customer,
            ..RetryQuery::default()
        };
        Ok(self.engine.store.deferred(&query, page)?)
    }

    fn find_dead(&self, event: EventId, plugin: &InstallationId) -> Result<RetryEntry, Error> {
        let query = RetryQuery {
            dead: Some(true),
            event: Some(event),
            installation: Some(plugin.clone()),
            ..RetryQuery::default()
        };
        let mut found = self.engine.store.deferred(&query, PageRequest::first(1))?;
        found.items.pop().ok_or_else(|| {
            Error::not_found("dead letter", format!("of event {event} for {plugin}"))
        })
    }

    fn installed(&self, plugin: &InstallationId) -> Result<(), Error> {
        match self.engine.plugins().get(plugin) {
            Some(_) => Ok(()),
            None => Err(Error::Conflict {
                what: "plugin",
                problem: format!(
                    "{plugin} is not installed: install it, or drop what is dead for it"
                ),
            }),
        }
    }

    /// Calls `work` for each page of dead letters, and returns the number that `work` left in its pages. `work` removes
    /// the entries that it skips.
    fn each_page(
        &self,
        plugin: Option<&InstallationId>,
        work: impl Fn(&Host, &mut Vec<RetryEntry>) -> Result<(), Error>,
    ) -> Result<u64, Error> {
        let (mut count, mut page) = (0, PageRequest::first(PAGE));
        loop {
            let mut found = self.dead(plugin.cloned(), None, page)?;
            work(self, &mut found.items)?;
            count += found.items.len() as u64;
            page.after = found.next;
            if page.after.is_none() {
                return Ok(count);
            }
        }
    }

    /// Writes one change for each dead letter.
    ///
    /// # Errors
    /// [`Error::Conflict`] if another caller redrove or dropped one of them. Then nothing is written.
    fn rewrite(
        &self,
        act: Act,
        deferred: &[RetryEntry],
        change: impl Fn(&RetryEntry, Timestamp) -> Change,
    ) -> Result<(), Error> {
        let mut changeset = Changeset::new();
        let now = self.now();
        for deferred in deferred {
            changeset.expect(Precondition::Dead {
                event: deferred.event.id,
                installation: deferred.installation.clone(),
            });
            changeset.push(change(deferred, now));
        }
        let mut plugins: Vec<&str> = deferred.iter().map(|it| it.installation.as_str()).collect();
        plugins.dedup();
        if let [first, ..] = deferred {
            let details = serde_json::json!({ "plugins": plugins, "events": deferred.len() });
            changeset.push(self.act_of(act, first.event.id.to_string(), details));
        }
        match self.engine.commit(changeset) {
            Err(Error::Store(StoreError::Conflict(_))) => Err(Error::Conflict {
                what: "dead letter",
                problem: "somebody else redrove or dropped it meanwhile: list them again"
                    .to_owned(),
            }),
            Err(error) => Err(error),
            Ok(_) => {
                self.engine.alarm.ring();
                Ok(())
            }
        }
    }
}

fn remove_deferred(deferred: &RetryEntry) -> Change {
    Change::RemoveDeferred {
        event: deferred.event.id,
        installation: deferred.installation.clone(),
    }
}
