//! Finds the customer that a row is about, by the ids of the file's source.

use std::collections::HashMap;

use anyhow::Result;

use regulars::host::Host;
use regulars::ids;
use regulars::model::*;
use regulars::store::{CustomerQuery, PageRequest};

/// Maximum lookups cached in memory.
const MAX_CACHED: usize = 200_000;

/// Finds customers by external id, with a cache.
pub struct Resolver {
    host: Host,
    source: String,
    cache: HashMap<String, Option<CustomerId>>,
}

impl Resolver {
    pub fn new(host: Host, source: &str) -> Resolver {
        Resolver {
            host,
            source: source.to_owned(),
            cache: HashMap::new(),
        }
    }

    /// Returns the id for a new customer with this external id.
    pub fn derived(&self, external: &str) -> CustomerId {
        let parts: [&[u8]; 3] = [b"import", self.source.as_bytes(), external.as_bytes()];
        CustomerId(ids::derived(&parts))
    }

    /// Finds the customer with this external id: the one imported with it, else one that has it as
    /// a contact point, labelled with this source or not at all.
    pub fn find(&mut self, external: &str) -> Result<Option<CustomerId>> {
        if let Some(cached) = self.cache.get(external) {
            return Ok(*cached);
        }
        let found = self.look_up(external)?;
        self.remember(external, found);
        Ok(found)
    }

    /// Caches that the customer exists, or that none does.
    pub fn remember(&mut self, external: &str, customer: Option<CustomerId>) {
        if self.cache.len() >= MAX_CACHED {
            self.cache.clear();
        }
        self.cache.insert(external.to_owned(), customer);
    }

    fn look_up(&self, external: &str) -> Result<Option<CustomerId>> {
        let derived = self.derived(external);
        match self.host.customer(derived) {
            Ok(_) => return Ok(Some(derived)),
            // Importing an erased customer is rejected later, with the reason.
            Err(regulars::Error::NotFound { .. } | regulars::Error::Erased { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        for candidate in self.find_all(ContactKind::External, external)? {
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

    /// Finds the only customer with a contact point. The inner error explains why there is not
    /// exactly one.
    pub fn find_only(&self, kind: ContactKind, value: &str) -> Result<Result<CustomerId, String>> {
        Ok(match self.find_all(kind, value)?[..] {
            [only] => Ok(only),
            [] => Err(format!("no customer has the contact point “{value}”")),
            _ => Err(format!(
                "several customers have the contact point “{value}”"
            )),
        })
    }

    fn find_all(&self, kind: ContactKind, value: &str) -> Result<Vec<CustomerId>> {
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
