use jiff::tz::TimeZone;

use super::simulation::Simulation;
use crate::model::*;
use crate::store::{
    MessageQuery, OutreachView, PageRequest, PastMessage, StoreError, TaskQuery, rules,
};

/// The data that the contact rules look at, as of any instant of the window.
pub(super) struct Contact {
    view: OutreachView,
    pub zone: TimeZone,
    /// Messages proposed before the window.
    before: Vec<PastMessage>,
    /// Messages of the window that were sent or are queued.
    kept: Vec<(MessageId, PastMessage)>,
    /// For each contact point that is suppressed now: the time and the reason.
    suppressed: Vec<Option<(Timestamp, SuppressionReason)>>,
    /// In order of time.
    consents: Vec<Consent>,
    /// The times of the complaint and of its closing.
    complaints: Vec<(Timestamp, Option<Timestamp>)>,
}

impl Contact {
    pub fn load(sim: &Simulation, customer: &Customer) -> Result<Contact, StoreError> {
        let (engine, id) = (&sim.engine, customer.id);
        let store = &engine.store;
        let found = engine.outreach(id, sim.from, None)?;
        let mut view = found.map(|(_, view)| view).unwrap_or_default();
        let mut before = std::mem::take(&mut view.past);
        let all = before.len();
        before.retain(|message| message.at < sim.from);
        if before.len() < all {
            before.extend(still_to_come(sim, id)?);
        }
        let mut suppressed = Vec::with_capacity(view.points.len());
        for point in &view.points {
            let found = match point.suppressed {
                Some(_) => store.suppression(&point.hash)?,
                None => None,
            };
            suppressed.push(found.map(|it| (it.at, it.reason)));
        }
        let mut consents = super::history::all(|page| store.consents(id, page))?;
        // Newest first, and the one that was stored last holds among those of one instant.
        consents.reverse();
        consents.sort_by_key(|consent| consent.at);
        let complaints = store.complaints(id)?.into_iter();
        Ok(Contact {
            view,
            before,
            kept: Vec::new(),
            zone: engine.zone_of(customer),
            suppressed,
            consents,
            complaints: complaints.map(|it| (it.at, it.closed_at)).collect(),
        })
    }

    /// Returns the data as of an instant. Instants come in order.
    pub fn at(&mut self, now: Timestamp, since: Timestamp, customer: &Customer) -> &OutreachView {
        let said = self.consents.partition_point(|consent| consent.at <= now);
        for (point, suppressed) in self.view.points.iter_mut().zip(&self.suppressed) {
            point.suppressed = suppressed.and_then(|(at, reason)| (at <= now).then_some(reason));
            let of_kind = self.consents[..said].iter();
            let of_kind = of_kind.filter(|consent| consent.kind == point.kind);
            point.consents = of_kind.map(|it| (it.purpose, it.state)).collect();
        }
        let open = self.complaints.iter();
        let open = open.filter(|(at, closed)| *at <= now && closed.is_none_or(|it| it > now));
        self.view.complaint_since = open.map(|(at, _)| *at).max();
        let kept = self.kept.iter().map(|(_, message)| message);
        let past = self.before.iter().chain(kept);
        self.view.past = past.filter(|it| it.at >= since).cloned().collect();
        self.view.topics.clone_from(&customer.topics);
        &self.view
    }

    /// Counts a message at this time, in place of an earlier one.
    pub fn keep(&mut self, message: &Message, at: Timestamp) {
        self.leave(message.id);
        let kept = PastMessage {
            at,
            purpose: message.purpose,
            channel: message.channel.clone().unwrap_or_default(),
            fingerprint: message.fingerprint,
            plugin: message.plugin.clone(),
        };
        self.kept.push((message.id, kept));
    }

    /// Removes a message.
    pub fn leave(&mut self, message: MessageId) {
        self.kept.retain(|(id, _)| *id != message);
    }

    pub fn complain(&mut self, at: Timestamp) {
        self.complaints.push((at, None));
    }
}

/// Returns the messages proposed before the window that are sent in it or after it. Messages proposed in the window
/// are proposed again, or not.
fn still_to_come(sim: &Simulation, customer: CustomerId) -> Result<Vec<PastMessage>, StoreError> {
    let messages = messages(sim, customer)?.into_iter();
    let mut places = Vec::new();
    for message in messages.filter(|message| message.created_at < sim.from) {
        let both = rules::counts_at(&message)
            .into_iter()
            .chain(message.unconfirmed_at);
        for at in both.filter(|at| *at >= sim.from) {
            places.push(PastMessage {
                at,
                purpose: message.purpose,
                channel: message.channel.clone().unwrap_or_default(),
                fingerprint: message.fingerprint,
                plugin: message.plugin.clone(),
            });
        }
    }
    Ok(places)
}

fn messages(sim: &Simulation, customer: CustomerId) -> Result<Vec<Message>, StoreError> {
    let of_customer = MessageQuery {
        customer: Some(customer),
        ..MessageQuery::default()
    };
    super::history::all(|page| sim.engine.store.messages(&of_customer, page))
}

/// A customer's desk at the start of the window.
#[derive(Default)]
pub(super) struct DeskBefore {
    pub last_question_at: Option<Timestamp>,
    /// The groups of open tasks, and the times at which those are closed.
    pub groups: Vec<(InstallationId, String, Option<Timestamp>)>,
    pub message_keys: Vec<(InstallationId, String)>,
}

impl DeskBefore {
    pub fn load(sim: &Simulation, customer: CustomerId) -> Result<DeskBefore, StoreError> {
        let (store, from) = (&sim.engine.store, sim.from);
        let mut desk = DeskBefore::default();
        let questions = super::history::all(|page: PageRequest| store.questions(customer, page))?;
        let asked = questions.iter().map(|it| it.created_at);
        desk.last_question_at = asked.filter(|at| *at < from).max();
        let tasks = TaskQuery {
            customer: Some(customer),
            ..TaskQuery::default()
        };
        for task in super::history::all(|page| store.tasks(&tasks, page))? {
            let open = task.created_at < from && task.closed_at.is_none_or(|at| at >= from);
            if let (true, Some(plugin), Some(group)) = (open, task.plugin, task.group_key) {
                desk.groups.push((plugin, group, task.closed_at));
            }
        }
        for message in messages(sim, customer)? {
            if message.created_at < from && message.state != MessageState::Denied {
                desk.message_keys.push((message.plugin, message.dedupe_key));
            }
        }
        Ok(desk)
    }
}
