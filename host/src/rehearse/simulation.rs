use std::sync::Arc;

use jiff::SignedDuration;

use super::baseline;
use super::participants::{Needs, Participants, installed};
use super::report::{Beside, FORMAT, LeftOut, Order, Partial, Rehearsal, Subject, Window};
use super::request::RehearseRequest;
use super::stats::Sum;
use crate::engine::{Engine, GrantSpec, ResolvedSettings, inspect};
use crate::error::Error;
use crate::model::*;
use crate::plugin::admission::AdmissionController;
use crate::plugin::own_id;
use crate::plugin_set::Active;
use crate::snapshot;
use crate::store::{PageRequest, StoreError, TimelineQuery};

/// The setting of a rehearsal: everything except the customers.
pub(super) struct Simulation {
    pub engine: Arc<Engine>,
    pub from: Timestamp,
    pub until: Timestamp,
    /// Plugins see nothing older than this.
    pub reach: Timestamp,
    pub needs: Needs,
    /// True if there is an event log, and not only imports.
    pub logged: bool,
    pub participants: Participants,
    /// The same plugins with the installed version in place of the new one.
    pub before: Option<Participants>,
    subject: Subject,
    left_out: Vec<LeftOut>,
}

impl Simulation {
    pub fn set(engine: &Arc<Engine>, request: RehearseRequest) -> Result<Simulation, Error> {
        let (from, until) = (request.from, request.until);
        if from >= until {
            let problem = format!("it must be before the end, {until}");
            return Err(Error::invalid("/from", problem));
        }
        if until > engine.clock.now() {
            let problem = format!("{until} is still to come: rehearse what was");
            return Err(Error::invalid("/until", problem));
        }
        let plugins = engine.plugins();
        let before = match &request.against {
            None => None,
            Some(id) => {
                let found = plugins
                    .get(id)
                    .ok_or_else(|| Error::not_found("plugin", id))?;
                Some(switched_on(found)?)
            }
        };
        let subject = subject(engine, request)?;
        let id = subject.installation.id.clone();
        let (others, left_out) = installed(&plugins, &id);
        let window = (from, until);
        let participants = Participants::new(engine, subject, &others, window)?;
        let before = before.map(|before| Participants::new(engine, before, &others, window));
        let before = before.transpose()?;
        let mut needs = Needs::default();
        for participants in std::iter::once(&participants).chain(&before) {
            participants.add_needs(&mut needs);
        }
        let installation = participants.subject();
        let in_place_of = plugins.get(&id).map(|it| &it.installation.manifest.version);
        Ok(Simulation {
            subject: Subject {
                id,
                title: installation.manifest.title.clone(),
                version: installation.manifest.version.clone(),
                digest: installation.digest,
                in_place_of: in_place_of.cloned(),
            },
            reach: snapshot::since(from, needs.days),
            logged: engine.store.last_seq()? > 0,
            engine: engine.clone(),
            from,
            until,
            needs,
            participants,
            before,
            left_out,
        })
    }

    /// Returns the total work: see [`Progress`](super::Progress). All customers count as being in the business's time
    /// zone until they are read.
    pub fn size(&self, order: Order) -> Result<u64, Error> {
        let store = &self.engine.store;
        let times = self.both().count() as u64 + u64::from(order == Order::ByTime);
        let interactions = store.count_interactions(self.from, self.until)?;
        Ok(times * interactions + store.counts()?.customers * self.planned(&None))
    }

    /// Returns the number of occurrences of all schedules in a time zone, over both sets of plugins.
    pub fn planned(&self, zone: &Option<String>) -> u64 {
        self.both()
            .map(|participants| participants.calendar.count(zone))
            .sum()
    }

    fn both(&self) -> impl Iterator<Item = &Participants> {
        std::iter::once(&self.participants).chain(&self.before)
    }

    /// Returns true if the customer had an interaction of this kind before `reach`.
    pub fn was_before_reach(&self, customer: CustomerId, kind: &str) -> Result<bool, StoreError> {
        let query = TimelineQuery {
            kind: Some(kind.to_owned()),
        };
        let page = PageRequest {
            after: Some(Cursor {
                at: self.reach.as_millisecond(),
                seq: 0,
            }),
            limit: 1,
        };
        Ok(!self
            .engine
            .store
            .timeline(customer, &query, page)?
            .items
            .is_empty())
    }

    /// Returns the week of the window, counted from 0.
    pub fn week(&self, at: Timestamp) -> u32 {
        let first = snapshot::local_date(&self.engine.config.time_zone, self.from);
        let day = snapshot::local_date(&self.engine.config.time_zone, at);
        let days = day.duration_since(first).as_hours() / 24;
        u32::try_from(days / 7).unwrap_or(0)
    }

    pub fn report(&self, sum: Sum) -> Rehearsal {
        let budget = self.engine.runtime.config().fuel;
        let first = snapshot::local_date(&self.engine.config.time_zone, self.from);
        let weeks = self.week(
            self.until
                .saturating_sub(SignedDuration::from_millis(1))
                .unwrap_or(self.until),
        );
        let partial = sum.partial.clone();
        let mut came: Vec<_> = sum.members.iter().map(|stats| stats.came(budget)).collect();
        let own = came.remove(self.participants.subject);
        let others = self
            .participants
            .set
            .all
            .iter()
            .map(|active| &active.installation);
        let others = others.filter(|it| it.id != self.subject.id);
        let beside = others.zip(came).map(|(installation, came)| Beside {
            id: installation.id.clone(),
            version: installation.manifest.version.clone(),
            came,
        });
        Rehearsal {
            format: FORMAT,
            plugin: self.subject.clone(),
            window: Window {
                from: self.from,
                until: self.until,
                time_zone: self.engine.config.time_zone.clone(),
            },
            order: sum.order,
            people: sum.people,
            people_affected: sum.affected,
            occasions: sum.occasions,
            contacts: sum.contacts(first, weeks),
            most_affected: sum.most.clone(),
            samples: sum.samples.choose(),
            beside: beside.collect(),
            left_out: self.left_out.clone(),
            against: self
                .before
                .as_ref()
                .filter(|_| sum.compared)
                .map(|participants| baseline::report(participants, &sum, budget)),
            notes: self.notes(&sum, &partial),
            came: own,
            partial,
        }
    }

    fn notes(&self, sum: &Sum, partial: &Option<Partial>) -> Vec<String> {
        let mut notes = Vec::new();
        let mut note = |text: &str| notes.push(text.to_owned());
        if let Some(partial) = partial {
            let Partial { people, of, .. } = partial;
            let seen = match (partial.reached, partial.loaded) {
                (Some(reached), _) => format!("everybody was looked at, until {reached}"),
                (_, Some(loaded)) => format!(
                    "the past of {loaded} of {of} people was read, and nobody was looked at"
                ),
                _ => format!("{people} of {of} people were looked at"),
            };
            note(&format!("It was ended before it was through: {seen}."));
        }
        if self.before.is_some() && !sum.compared {
            note("The installed version was not gone through as far: nothing is compared with it.");
        }
        note(
            "Names, birthdays, time zones, topics, pauses, channels and contact points are those of now.",
        );
        note(
            "Level and tags are those of now, but for what the plugins change meanwhile: what they were then is not recorded.",
        );
        note(
            "Consents, suppressions, complaints, questions, tasks and messages are those of then, as far as they are recorded.",
        );
        note("Every plugin begins with an empty memory, and without timers.");
        note(
            "Nobody answers questions or messages, does tasks, or comes because of what is proposed; every message arrives at once.",
        );
        note(
            "Each event counts for when it happened, not for when it was recorded. A run that fails is not tried again.",
        );
        if sum.order == Order::ByTime {
            note(
                "Some plugin remembers something for itself, across people: events were gone through by time, on one processor.",
            );
        }
        if sum.cut_short > 0 {
            note(&format!(
                "About {} of the people, plugins woke themselves or caused events more than {} times: they were left there.",
                sum.cut_short,
                super::customer_sim::MOST
            ));
        }
        notes
    }
}

/// Returns the new plugin as it would be installed.
fn subject(engine: &Engine, request: RehearseRequest) -> Result<Arc<Active>, Error> {
    let component = Component::new(request.wasm);
    let (inspection, plugin) = inspect(&engine.runtime, &component)?;
    let manifest = inspection.manifest;
    let id = match request.against.or(request.id) {
        Some(id) => id,
        None => own_id(&manifest)?,
    };
    let plugins = engine.plugins();
    let before = plugins.get(&id).map(|active| &active.installation);
    let grants = request.grants.map_or(GrantSpec::AllAsked, GrantSpec::These);
    let stored = engine.store.plugin_secrets(&id)?;
    let resolved = ResolvedSettings::after(before, request.settings, &manifest.settings, &stored)?;
    let installation = Installation {
        digest: component.digest,
        source: "a rehearsal".to_owned(),
        grants: grants.resolve(before, &manifest)?,
        settings: resolved.open,
        secrets: resolved.secrets,
        state: InstallationState::Enabled,
        trouble: None,
        limits: PluginLimits::default(),
        priority: request
            .priority
            .or(before.map(|before| before.priority))
            .unwrap_or(0),
        installed_at: engine.clock.now(),
        version: 1,
        manifest,
        id,
    };
    let admission = AdmissionController::new(
        installation.limits,
        1,
        engine.runtime.config().fuel,
        engine.clock.now(),
    );
    Ok(Arc::new(Active::new(
        installation,
        plugin,
        Arc::new(admission),
    )?))
}

/// Returns an installed plugin as if it were enabled.
fn switched_on(active: &Arc<Active>) -> Result<Arc<Active>, Error> {
    let id = &active.installation.id;
    let Some(plugin) = active.plugin() else {
        return Err(Error::Conflict {
            what: "plugin",
            problem: format!(
                "{id} does not load here, so nothing can be compared with it: see `regulars plugin list`"
            ),
        });
    };
    let installation = Installation {
        state: InstallationState::Enabled,
        ..active.installation.clone()
    };
    let active = Active::new(installation, plugin.clone(), active.admission.clone())?;
    Ok(Arc::new(active))
}
