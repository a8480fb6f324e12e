use std::collections::{BTreeMap, HashMap, HashSet};

use counter::{DUE, ENTRY, PURCHASES, SEEN, Seen, TASK};
use regulars::model::*;
use regulars::store::{PageRequest, Store, TaskQuery};
use serde_json::json;

/// The expected state, computed from the event log in its order.
#[derive(Default)]
pub struct Ledger {
    /// The last event that was read.
    seq: u64,
    customers: HashMap<CustomerId, Account>,
    purchases: u64,
    /// Fan-outs that were planned; 0 where that is not known.
    pub rounds: u64,
    dates: HashSet<jiff::civil::Date>,
    /// Customers of whom there was something new.
    touched: HashSet<CustomerId>,
}

#[derive(Default)]
struct Account {
    /// Interactions from outside, in the order of the log.
    interactions: Vec<InteractionId>,
    seen: Seen,
    purchases: HashSet<InteractionId>,
    /// The interactions that the plugin's own entries are about, in the order of those.
    entries: Vec<InteractionId>,
    due: HashSet<jiff::civil::Date>,
}

impl Ledger {
    /// Reads on in the log.
    pub fn read(&mut self, store: &dyn Store) {
        loop {
            let events = store.events(self.seq, 1000).unwrap();
            if events.is_empty() {
                return;
            }
            for event in events {
                assert!(event.seq > self.seq, "the log is out of order");
                self.seq = event.seq;
                self.take(&event);
            }
        }
    }

    fn take(&mut self, event: &Event) {
        self.touched.insert(event.customer);
        let account = self.customers.entry(event.customer).or_default();
        match &event.data {
            EventData::InteractionRecorded { interaction } if interaction.kind == ENTRY => {
                let of = interaction.data["of"].as_str().unwrap().parse().unwrap();
                account.entries.push(of);
            }
            EventData::InteractionRecorded { interaction } => {
                account.interactions.push(interaction.id);
                account.seen.add(&interaction.id.to_string());
                if interaction.kind == "purchase" {
                    self.purchases += 1;
                    account.purchases.insert(interaction.id);
                }
            }
            EventData::ScheduleDue { date, .. } => {
                self.dates.insert(*date);
                let new = account.due.insert(*date);
                assert!(new, "{} was reached twice on {date}", event.customer);
            }
            EventData::CustomerCreated => {}
            other => panic!("nobody does this here: {other:?}"),
        }
    }

    /// Holds what the server has against what it must have, where the log has grown.
    pub fn check(&mut self, store: &dyn Store, sent: &BTreeMap<CustomerId, &[InteractionId]>) {
        let plugin: InstallationId = "counter".parse().unwrap();
        for id in self.touched.drain() {
            let account = &self.customers[&id];
            assert_eq!(
                account.interactions,
                sent.get(&id).copied().unwrap_or_default(),
                "of {id} something is missing, doubled or out of order"
            );
            assert_eq!(
                account.entries, account.interactions,
                "of {id} an effect is missing, doubled or out of order"
            );
            assert_eq!(account.due, self.dates, "{id} was left out");
            let memory = store.memory(&plugin, Some(id)).unwrap().entries;
            let mut expected = std::collections::BTreeMap::new();
            if account.seen.count > 0 {
                expected.insert(SEEN.to_owned(), json!(account.seen));
            }
            if !account.due.is_empty() {
                expected.insert(DUE.to_owned(), json!(account.due.len()));
            }
            assert_eq!(*memory, expected, "what is remembered of {id}");
        }
        // Who was not heard of lately was checked, and was reached by no fan-out since.
        for (id, ids) in sent {
            let account = self.customers.get(id).map(|it| it.interactions.as_slice());
            assert_eq!(account.unwrap_or_default(), *ids, "{id}");
        }
        if self.rounds > 0 {
            assert!(
                self.dates.len() as u64 >= self.rounds,
                "a fan-out is missing"
            );
        }
        let own = store.memory(&plugin, None).unwrap().entries;
        let counted = own.get(PURCHASES).and_then(Json::as_u64).unwrap_or(0);
        assert_eq!(counted, self.purchases, "what is remembered of everybody");
    }

    /// One task for each purchase.
    pub fn tasks(&self, store: &dyn Store) {
        for (id, account) in &self.customers {
            let query = TaskQuery {
                customer: Some(*id),
                ..TaskQuery::default()
            };
            let mut page = PageRequest::first(1000);
            let mut about = Vec::new();
            loop {
                let tasks = store.tasks(&query, page).unwrap();
                for task in tasks.items {
                    let key = task.group_key.unwrap();
                    about.push(key.strip_prefix(TASK).unwrap().parse().unwrap());
                }
                match tasks.next {
                    Some(next) => page.after = Some(next),
                    None => break,
                }
            }
            let distinct: HashSet<InteractionId> = about.iter().copied().collect();
            assert_eq!(about.len(), distinct.len(), "a task of {id} is doubled");
            assert_eq!(distinct, account.purchases, "the tasks of {id}");
        }
    }
}
