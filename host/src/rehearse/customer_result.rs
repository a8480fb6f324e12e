use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use super::baseline::ProposalKey;
use super::report::{Occasions, Person};
use super::samples::Samples;
use super::stats::Stats;
use crate::model::*;

/// The results of one customer.
pub(super) struct CustomerResult {
    customer: CustomerId,
    name: Option<String>,
    level: Level,
    /// The index of the rehearsed plugin.
    subject: usize,
    /// In the order of the plugins.
    pub members: Vec<Stats>,
    pub occasions: Occasions,
    pub samples: Samples,
    /// Suggestions, questions and messages of the plugin, by week.
    pub weeks: BTreeMap<u32, [u64; 3]>,
    /// The plugin's proposals that no rule denied, if versions are compared.
    pub proposals: Vec<ProposalKey>,
    /// True if the customer had too many events, and was left early.
    pub cut_short: bool,
}

impl CustomerResult {
    pub fn new(customer: &Customer, members: usize, subject: usize) -> CustomerResult {
        CustomerResult {
            customer: customer.id,
            name: name_of(customer),
            level: customer.level,
            subject,
            members: vec![Stats::default(); members],
            occasions: Occasions::default(),
            samples: Samples::default(),
            weeks: BTreeMap::new(),
            proposals: Vec::new(),
            cut_short: false,
        }
    }

    pub fn subject(&mut self) -> &mut Stats {
        &mut self.members[self.subject]
    }

    pub fn person(&self) -> Person {
        let own = &self.members[self.subject];
        Person {
            customer: self.customer,
            name: self.name.clone(),
            level: self.level,
            contacts: own.contacts(),
            suggested: own.suggested,
            asked: own.asked,
            sent: own.sent,
            tasks: own.tasks,
            denied: own.denied,
            contacts_of_all: self.members.iter().map(Stats::contacts).sum(),
        }
    }
}

/// Returns the customer's name.
pub(super) fn name_of(customer: &Customer) -> Option<String> {
    let name = customer.display_name.as_ref();
    name.or(customer.given_name.as_ref()).cloned()
}

/// Orders by contacts, then by tasks, both descending, then by id.
pub(super) fn by_contacts(a: &Person, b: &Person) -> Ordering {
    let key = |it: &Person| (Reverse(it.contacts), Reverse(it.tasks), it.customer);
    key(a).cmp(&key(b))
}
