use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use super::against::Deed;
use super::report::{Occasions, Person};
use super::samples::Samples;
use super::tally::Tally;
use crate::model::*;

/// What came of one customer.
pub(super) struct Found {
    customer: CustomerId,
    name: Option<String>,
    level: Level,
    /// The place among the members of the plugin that is looked at.
    subject: usize,
    /// In the order of the cast.
    pub members: Vec<Tally>,
    pub occasions: Occasions,
    pub samples: Samples,
    /// Suggestions, questions and messages of the plugin, by week.
    pub weeks: BTreeMap<u32, [u64; 3]>,
    /// What it proposed and no rule denied, where it is compared with another version.
    pub deeds: Vec<Deed>,
    /// Left before the end, having had too many events.
    pub cut_short: bool,
}

impl Found {
    pub fn new(customer: &Customer, members: usize, subject: usize) -> Found {
        Found {
            customer: customer.id,
            name: name_of(customer),
            level: customer.level,
            subject,
            members: vec![Tally::default(); members],
            occasions: Occasions::default(),
            samples: Samples::default(),
            weeks: BTreeMap::new(),
            deeds: Vec::new(),
            cut_short: false,
        }
    }

    pub fn subject(&mut self) -> &mut Tally {
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
            contacts_of_all: self.members.iter().map(Tally::contacts).sum(),
        }
    }
}

/// How a customer is called.
pub(super) fn name_of(customer: &Customer) -> Option<String> {
    let name = customer.display_name.as_ref();
    name.or(customer.given_name.as_ref()).cloned()
}

/// Most contacts first, then most tasks, then by id, so that no two are alike.
pub(super) fn by_contacts(a: &Person, b: &Person) -> Ordering {
    let key = |it: &Person| (Reverse(it.contacts), Reverse(it.tasks), it.customer);
    key(a).cmp(&key(b))
}
