use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Portal;
use crate::error::Error;
use crate::model::*;
use crate::outbox::DESK;
use crate::policy::Most;
use crate::store::{
    MessageQuery, OutreachView, PageRequest, PointView, RunQuery, TimelineQuery, WhichMessages,
};

/// The queued messages that are shown.
const WAITING: u32 = 50;
/// The newest runs that are searched for topics to choose from.
const RUNS: u32 = 100;

/// The content of a customer's own page.
#[derive(Debug, Clone)]
pub struct Contents {
    pub customer: Customer,
    pub preferences: Preferences,
    /// The meaning of each level on this host, lowest first.
    pub levels: Vec<LevelChoice>,
    /// The topics that the customer can choose, and whether they did: those that they have, and those that
    /// plugins wanted to write to them about.
    pub topics: BTreeMap<String, bool>,
    pub channels: Vec<ChannelChoice>,
    pub points: Vec<Held>,
    /// The customer's newest consents, for the kinds of contact point that they have. Missing ones are unknown.
    pub consents: Consents,
    /// Newest first.
    pub interactions: Page<Interaction>,
    /// Cards, questions and tasks that are open.
    pub desk: Desk,
    /// The plugins' memories of the customer.
    pub memories: Vec<Remembered>,
    /// Messages that wait to be sent, newest first; at most fifty.
    pub waiting: Vec<Message>,
    /// Messages that were sent or ended otherwise, newest first.
    pub messages: Page<Message>,
    /// The titles of the plugins that are installed.
    pub plugins: BTreeMap<InstallationId, String>,
    /// The evidence of cards, questions, tasks and messages.
    pub evidence: HashMap<InteractionId, Interaction>,
}

/// The state of the newest consent of each kind of contact point and purpose.
pub(super) type Consents = BTreeMap<(ContactKind, Purpose), ConsentState>;

/// A level, and what customers who chose it get.
#[derive(Debug, Clone)]
pub struct LevelChoice {
    pub level: Level,
    /// Beside service.
    pub purposes: BTreeSet<Purpose>,
    /// The limit of messages except service; `None` at level low.
    pub most: Option<Most>,
}

/// A way by which this host reaches customers.
#[derive(Debug, Clone)]
pub struct ChannelChoice {
    pub name: String,
    pub reaches: Option<ContactKind>,
    /// True if the customer wants it.
    pub wanted: bool,
}

/// A contact point, and whether anything goes there.
#[derive(Debug, Clone)]
pub struct Held {
    pub point: ContactPoint,
    pub suppressed: Option<SuppressionReason>,
    /// Mail to it came back for good.
    pub bounced: bool,
}

/// A plugin's memory of a customer.
#[derive(Debug, Clone)]
pub struct Remembered {
    pub plugin: InstallationId,
    pub title: String,
    /// The data that the business gets from it.
    pub summary: String,
    /// At least one.
    pub entries: BTreeMap<String, Json>,
}

impl Portal {
    /// Returns the content of the page, with one page each of the history and of ended messages.
    ///
    /// # Errors
    /// [`Error::Erased`] where the customer was erased in the meantime.
    pub fn contents(
        &self,
        interactions: PageRequest,
        messages: PageRequest,
    ) -> Result<Contents, Error> {
        let (host, id) = (&self.host, self.customer);
        let store = &host.engine.store;
        let found = host.engine.outreach(id, host.now(), None)?;
        let (customer, known) = found.ok_or_else(|| host.engine.no_customer(id))?;
        let preferences = Preferences {
            paused_until: known.paused_until.filter(|until| *until > host.now()),
            channels: known.channels.clone(),
        };
        let mut points = Vec::new();
        for point in store.contact_points(id)? {
            let hash = host.engine.hash(&point);
            let view = known.points.iter().find(|view| view.hash == hash);
            points.push(Held {
                point,
                suppressed: view.and_then(|view| view.suppressed),
                bounced: view.is_some_and(|view| view.bounced),
            });
        }
        let waiting = self.messages(WhichMessages::Waiting);
        let waiting = store.messages(&waiting, PageRequest::first(WAITING))?.items;
        let messages = store.messages(&self.messages(WhichMessages::Ended), messages)?;
        let interactions = store.timeline(id, &TimelineQuery::default(), interactions)?;
        let desk = host.desk(id)?;
        let mut contents = Contents {
            levels: self.levels(),
            topics: self.topics(&customer, waiting.iter().chain(&messages.items))?,
            channels: self.choices(&preferences),
            memories: self.memories()?,
            plugins: self.plugins(),
            evidence: HashMap::new(),
            customer,
            preferences,
            points,
            consents: consents(&known),
            interactions,
            desk,
            waiting,
            messages,
        };
        contents.evidence = self.evidence(&contents)?;
        Ok(contents)
    }

    fn messages(&self, which: WhichMessages) -> MessageQuery {
        MessageQuery {
            customer: Some(self.customer),
            which,
        }
    }

    fn levels(&self) -> Vec<LevelChoice> {
        let policy = &self.host.engine.policy.contact;
        let choice = |level, purposes: &BTreeSet<Purpose>, most| LevelChoice {
            level,
            purposes: purposes.clone(),
            most,
        };
        let (levels, caps) = (&policy.levels, &policy.caps);
        vec![
            choice(Level::Low, &BTreeSet::new(), None),
            choice(Level::Medium, &levels.medium, Some(caps.medium)),
            choice(Level::High, &levels.high, Some(caps.high)),
        ]
    }

    fn topics<'a>(
        &self,
        customer: &Customer,
        messages: impl Iterator<Item = &'a Message>,
    ) -> Result<BTreeMap<String, bool>, Error> {
        let query = RunQuery {
            customer: Some(self.customer),
            ..RunQuery::default()
        };
        let runs = self
            .host
            .engine
            .store
            .runs(&query, PageRequest::first(RUNS))?;
        let proposals = runs.items.iter().flat_map(|run| &run.proposals);
        let proposed = proposals.filter_map(|proposal| match &proposal.effect {
            Effect::Message(message) => message.topic.as_ref(),
            _ => None,
        });
        let wanted = messages.filter_map(|message| message.topic.as_ref());
        let mut topics: BTreeMap<String, bool> = proposed
            .chain(wanted)
            .filter(|topic| crate::text::is_label(topic))
            .map(|topic| (topic.clone(), false))
            .collect();
        topics.extend(customer.topics.iter().map(|topic| (topic.clone(), true)));
        Ok(topics)
    }

    fn choices(&self, preferences: &Preferences) -> Vec<ChannelChoice> {
        let chosen = preferences.channels.as_ref();
        let offered = self.host.engine.policy.channels.iter();
        let mut channels: Vec<ChannelChoice> = offered
            .map(|offered| ChannelChoice {
                wanted: chosen.is_none_or(|chosen| chosen.contains(&offered.name)),
                name: offered.name.clone(),
                reaches: offered.reaches,
            })
            .collect();
        channels.sort_by_key(|channel| channel.name == DESK);
        channels
    }

    fn plugins(&self) -> BTreeMap<InstallationId, String> {
        let installed = self.host.installations().into_iter();
        installed.map(|it| (it.id, it.manifest.title)).collect()
    }

    fn memories(&self) -> Result<Vec<Remembered>, Error> {
        let store = &self.host.engine.store;
        let mut memories = store.customer_data(self.customer)?.memories;
        let remembered = self.host.installations().into_iter().filter_map(|it| {
            let entries = memories.remove(&it.id)?;
            Some(Remembered {
                plugin: it.id,
                title: it.manifest.title,
                summary: it.manifest.summary,
                entries,
            })
        });
        Ok(remembered.collect())
    }

    fn evidence(&self, contents: &Contents) -> Result<HashMap<InteractionId, Interaction>, Error> {
        let desk = &contents.desk;
        let reasons = (desk.cards.iter().map(|it| &it.because))
            .chain(desk.questions.iter().map(|it| &it.because))
            .chain(desk.tasks.iter().map(|it| &it.because))
            .chain(contents.waiting.iter().map(|it| &it.because))
            .chain(contents.messages.items.iter().map(|it| &it.because));
        let mut found = HashMap::new();
        for id in reasons.flat_map(|because| because.evidence.iter().take(20)) {
            if !found.contains_key(id)
                && let Some(interaction) = self.host.engine.store.interaction(*id)?
                && interaction.customer == self.customer
            {
                found.insert(*id, interaction);
            }
        }
        Ok(found)
    }
}

pub(super) fn consents(known: &OutreachView) -> Consents {
    let of = |point: &PointView| {
        let kind = point.kind;
        let said: Vec<_> = point
            .consents
            .iter()
            .map(|(purpose, state)| ((kind, *purpose), *state))
            .collect();
        said
    };
    known.points.iter().flat_map(of).collect()
}
