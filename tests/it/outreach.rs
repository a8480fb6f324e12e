//! From what plugins propose to what reaches a customer: the rules, the outbox, and what comes back.

pub mod post;
mod race;
mod rules;
mod sending;
mod unconfirmed;

use regulars::Host;
use regulars::clock::ManualClock;
use regulars::host::{InstallRequest, NewConsent};
use regulars::model::*;
use regulars::outbox::Channels;
use regulars::policy::ContactPolicy;
use regulars::store::{MessageQuery, PageRequest};

use self::post::Post;
use crate::world::{World, at, builder, component};

/// A morning at which nobody is asleep in Berlin.
pub const MORNING: &str = "2026-03-02T09:00:00Z";

/// A host that sends by [`Post`].
pub fn sending(policy: &str, post: &Post) -> World {
    let dir = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(at(MORNING));
    let host = sender(dir.path(), &clock, policy, post);
    World { host, clock, dir }
}

pub fn sender(dir: &std::path::Path, clock: &ManualClock, policy: &str, post: &Post) -> Host {
    builder(dir, clock)
        .policy(ContactPolicy::read(policy).unwrap())
        .channels(Channels::new().with(post.channel()))
        .public_url("https://crm.example.org/")
        .build()
        .unwrap()
}

impl World {
    /// The messenger guest, writing as the settings say.
    pub fn messenger(&self, id: &str, settings: Json) -> Installation {
        self.messenger_with(id, settings, 0, false)
    }

    pub fn messenger_with(
        &self,
        id: &str,
        settings: Json,
        priority: i32,
        service: bool,
    ) -> Installation {
        let wasm = component("messenger");
        let manifest = self.host.inspect(wasm.clone()).unwrap().manifest;
        let mut request = InstallRequest::new(wasm, "messenger.wasm");
        request.id = Some(id.parse().unwrap());
        request.settings = Some(settings);
        request.priority = Some(priority);
        request.grants = Some(Grants {
            service,
            ..Grants::all_requested(&manifest)
        });
        self.host.install(request).unwrap()
    }

    /// A customer with an address who said yes to everything.
    pub fn reachable(&self, name: &str, level: Level) -> Customer {
        let customer = self.customer(name);
        let value = format!("{}@example.org", name.to_lowercase().replace(' ', "."));
        let point = ContactPoint::new(ContactKind::Email, value);
        self.host.add_contact_point(customer.id, point).unwrap();
        for purpose in Purpose::ALL {
            self.consent(customer.id, purpose, ConsentState::Given);
        }
        self.level(customer.id, level)
    }

    pub fn consent(&self, customer: CustomerId, purpose: Purpose, state: ConsentState) {
        let new = NewConsent::new(ContactKind::Email, purpose, state, "staff");
        self.host.consent(customer, new).unwrap();
    }

    pub fn level(&self, customer: CustomerId, level: Level) -> Customer {
        let patch = CustomerPatch {
            level: Some(level),
            ..CustomerPatch::default()
        };
        self.host.update_customer(customer, &patch, None).unwrap()
    }

    /// Newest first.
    pub fn messages(&self, customer: CustomerId) -> Vec<Message> {
        let query = MessageQuery {
            customer: Some(customer),
            ..MessageQuery::default()
        };
        let page = PageRequest::first(1000);
        self.host.messages(&query, page).unwrap().items
    }

    /// The last message's decision, including one that denied it at once.
    pub fn last_decision(&self, plugin: &Installation) -> Decision {
        let proposals = self
            .runs(&plugin.id)
            .into_iter()
            .flat_map(|run| run.proposals);
        let mut messages = proposals.filter(|it| matches!(it.effect, Effect::Message(_)));
        let message = messages.next();
        message.expect("it proposed no message").decision
    }

    /// The types of the events that told a plugin of its messages.
    pub fn heard(&self, plugin: &Installation, customer: CustomerId) -> Vec<String> {
        let memory = self.host.memory(&plugin.id, Some(customer)).unwrap();
        let heard = memory.entries.get("heard").cloned();
        heard.map_or(Vec::new(), |heard| serde_json::from_value(heard).unwrap())
    }
}

/// The rules that denied or put off, by name.
pub fn against(decision: &Decision) -> Vec<&str> {
    let verdicts = decision.verdicts.iter();
    let against = verdicts.filter(|verdict| verdict.outcome != VerdictOutcome::Allow);
    against.map(|verdict| &*verdict.rule).collect()
}
