//! Whom a row is about: the customer whom this source calls so.

use std::collections::HashMap;

use anyhow::Result;

use crate::host::Host;
use crate::ids;
use crate::model::*;
use crate::store::{CustomerQuery, PageRequest};

/// Most answers that are kept in memory.
const MAX_KNOWN: usize = 200_000;

/// Finds customers by external id, and remembers the answers.
pub struct Resolver {
    host: Host,
    source: String,
    known: HashMap<String, Option<CustomerId>>,
}

impl Resolver {
    pub fn new(host: Host, source: &str) -> Resolver {
        Resolver {
            host,
            source: source.to_owned(),
            known: HashMap::new(),
        }
    }

    /// The id that a customer whom this source calls so is given.
    pub fn derived(&self, external: &str) -> CustomerId {
        let parts: [&[u8]; 3] = [b"import", self.source.as_bytes(), external.as_bytes()];
        CustomerId(ids::derived(&parts))
    }

    /// The customer whom this source calls so: the one that was made from it, else one that has it
    /// as a contact point, from this source or from nobody in particular.
    pub fn find(&mut self, external: &str) -> Result<Option<CustomerId>> {
        if let Some(known) = self.known.get(external) {
            return Ok(*known);
        }
        let found = self.look(external)?;
        self.learn(external, found);
        Ok(found)
    }

    /// Notes that there is one now, or that there is none.
    pub fn learn(&mut self, external: &str, customer: Option<CustomerId>) {
        if self.known.len() >= MAX_KNOWN {
            self.known.clear();
        }
        self.known.insert(external.to_owned(), customer);
    }

    fn look(&self, external: &str) -> Result<Option<CustomerId>> {
        let derived = self.derived(external);
        match self.host.customer(derived) {
            Ok(_) => return Ok(Some(derived)),
            // Whoever is imported again is refused, with the reason.
            Err(crate::Error::NotFound { .. } | crate::Error::Erased { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        for candidate in self.at(ContactKind::External, external)? {
            let points = self.host.contact_points(candidate)?;
            let same = |point: &ContactPoint| {
                point.kind == ContactKind::External
                    && point.value == external
                    && point
                        .label
                        .as_ref()
                        .is_none_or(|label| *label == self.source)
            };
            if points.iter().any(same) {
                return Ok(Some(candidate));
            }
        }
        Ok(None)
    }

    /// The one customer at an address; the error says why it cannot be told.
    pub fn only_at(&self, kind: ContactKind, value: &str) -> Result<Result<CustomerId, String>> {
        Ok(match self.at(kind, value)?[..] {
            [only] => Ok(only),
            [] => Err(format!("nobody has the contact point “{value}”")),
            _ => Err(format!(
                "several customers have the contact point “{value}”"
            )),
        })
    }

    fn at(&self, kind: ContactKind, value: &str) -> Result<Vec<CustomerId>> {
        let query = CustomerQuery {
            contact: Some((kind, value.to_owned())),
            ..CustomerQuery::default()
        };
        let found = self.host.customers(&query, PageRequest::first(100))?;
        Ok(found
            .items
            .into_iter()
            .map(|customer| customer.id)
            .collect())
    }
}
