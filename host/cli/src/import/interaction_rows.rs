//! Reads interactions from rows and writes them.

use std::collections::HashMap;

use anyhow::Result;

use super::columns::Columns;
use super::customers::{in_field, without_empty};
use super::interactions::Interactions;
use super::pass::{Importer, RowResult, reject_reason};
use super::resolve::Resolver;
use super::table::Row;
use super::values::Dates;
use crate::words;
use regulars::host::{Host, NewCustomer, NewInteraction};
use regulars::ids;
use regulars::model::*;

/// The importer of interactions.
pub struct Reader<'a> {
    import: &'a Interactions,
    columns: &'a Columns,
    dates: Dates,
    host: Host,
    resolver: Resolver,
    /// Number of rows by content, if rows have no ids.
    occurrences: HashMap<u64, u32>,
    /// Customers to create before the next batch is written.
    missing: Vec<NewCustomer>,
    created: u64,
}

/// The customer that a row names.
enum CustomerRef {
    External(String),
    At(ContactKind, String),
}

impl<'a> Reader<'a> {
    pub fn new(
        import: &'a Interactions,
        columns: &'a Columns,
        dates: Dates,
        host: Host,
    ) -> Reader<'a> {
        Reader {
            resolver: Resolver::new(host.clone(), &import.common.source),
            import,
            columns,
            dates,
            host,
            occurrences: HashMap::new(),
            missing: Vec::new(),
            created: 0,
        }
    }
}

impl Reader<'_> {
    /// Reads a row, without the customer and the id.
    fn interaction(&self, row: &Row) -> Result<(CustomerRef, NewInteraction), String> {
        let columns = self.columns;
        let text = |target: &str| Ok::<_, String>(columns.text(row, target)?.map(String::from));
        let customer_ref = if let Some(external) = text("customer")? {
            CustomerRef::External(external)
        } else if let Some(email) = text("customer.email")? {
            CustomerRef::At(ContactKind::Email, email)
        } else if let Some(tel) = text("customer.tel")? {
            CustomerRef::At(ContactKind::Tel, tel)
        } else {
            return Err("the customer is empty".to_owned());
        };
        let kind = match &self.import.kind {
            // A kind column that was only guessed does not override --kind.
            Some(kind) if !columns.is_explicit("kind") => kind.clone(),
            fallback => text("kind")?
                .or(fallback.clone())
                .ok_or("the kind is empty")?,
        };
        let occurred_at = columns.text(row, "occurred_at")?;
        let occurred_at = occurred_at.ok_or("the date is empty")?;
        let occurred_at = self
            .dates
            .instant(&occurred_at)
            .map_err(in_field("occurred_at"))?;
        let mut new = NewInteraction::new(CustomerId(uuid::Uuid::nil()), kind);
        new.occurred_at = Some(occurred_at);
        new.historical = !self.import.common.live;
        if let Some(text) = columns.text(row, "direction")? {
            new.direction = direction(&text)?;
        }
        new.channel = text("channel")?;
        new.subject = text("subject")?;
        new.body = text("body")?;
        new.data = columns.data(row)?;
        Ok((customer_ref, new))
    }

    fn customer(
        &mut self,
        customer_ref: &CustomerRef,
        since: Option<Timestamp>,
    ) -> Result<Result<CustomerId, String>> {
        let external = match customer_ref {
            CustomerRef::External(external) => external,
            CustomerRef::At(kind, value) => return self.resolver.find_only(*kind, value),
        };
        if let Some(customer) = self.resolver.find(external)? {
            return Ok(Ok(customer));
        }
        if !self.import.create_customers {
            return Ok(Err(format!(
                "no customer “{external}” from “{}”: import customers first, or add --create-customers",
                self.import.common.source
            )));
        }
        let id = self.resolver.derived(external);
        let new = NewCustomer {
            id: Some(id),
            since,
            contact_points: vec![ContactPoint {
                kind: ContactKind::External,
                value: external.clone(),
                label: Some(self.import.common.source.clone()),
            }],
            ..NewCustomer::default()
        };
        if let Err(error) = self.host.check_customer(&new) {
            return Ok(Err(reject_reason(error)?));
        }
        self.resolver.remember(external, Some(id));
        self.created += 1;
        self.missing.push(new);
        Ok(Ok(id))
    }

    /// Derives the id from the source's id, else from the content and the number of equal rows
    /// before.
    fn id(&mut self, row: &Row, new: &NewInteraction) -> Result<InteractionId, String> {
        let source = self.import.common.source.as_bytes();
        let kind = new.kind.as_bytes();
        if let Some(source_id) = self.columns.text(row, "id")? {
            let parts = [
                b"import",
                source,
                b"interaction",
                kind,
                source_id.as_bytes(),
            ];
            return Ok(InteractionId(ids::derived(&parts)));
        }
        let content = serde_json::to_vec(new).map_err(|error| error.to_string())?;
        let ordinal = self.occurrences.entry(ids::seed(&[&content])).or_default();
        let parts = [
            b"import",
            source,
            b"interaction",
            &content,
            &ordinal.to_le_bytes(),
        ];
        *ordinal += 1;
        Ok(InteractionId(ids::derived(&parts)))
    }

    fn create_missing(&mut self) -> Result<()> {
        for created in self
            .host
            .import_customers(std::mem::take(&mut self.missing))
        {
            match created {
                // The rows of erased customers are rejected later, with the reason.
                Ok(_) | Err(regulars::Error::Erased { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Imports the records. If one is refused, retries in halves, so that only that one is
    /// rejected.
    fn import(&self, records: &[NewInteraction], results: &mut Vec<RowResult>) -> Result<()> {
        let ids: Vec<InteractionId> = records.iter().filter_map(|record| record.id).collect();
        match self.host.import(records.to_vec()) {
            Ok((_, 0)) => results.extend(records.iter().map(|_| RowResult::Created)),
            Ok((0, _)) => results.extend(records.iter().map(|_| RowResult::Exists)),
            // Only the numbers matter, not which records they are.
            Ok((appended, skipped)) => {
                debug_assert_eq!(ids.len() as u64, appended + skipped);
                results.extend((0..appended).map(|_| RowResult::Created));
                results.extend((0..skipped).map(|_| RowResult::Exists));
            }
            Err(error) => {
                let reason = reject_reason(error)?;
                if records.len() == 1 {
                    results.push(RowResult::Rejected(reason));
                } else {
                    let (head, tail) = records.split_at(records.len() / 2);
                    self.import(head, results)?;
                    self.import(tail, results)?;
                }
            }
        }
        Ok(())
    }
}

impl Importer for Reader<'_> {
    type Record = NewInteraction;
    const NOUN: (&'static str, &'static str) = ("interaction", "interactions");

    fn read(&mut self, row: &Row) -> Result<Result<NewInteraction, String>> {
        let (customer_ref, mut new) = match self.interaction(row) {
            Ok(read) => read,
            Err(problem) => return Ok(Err(problem)),
        };
        if let Err(error) = self.host.check_interaction(&new) {
            return Ok(Err(reject_reason(error)?));
        }
        match self.customer(&customer_ref, new.occurred_at)? {
            Ok(customer) => new.customer = customer,
            Err(problem) => return Ok(Err(problem)),
        }
        match self.id(row, &new) {
            Ok(id) => new.id = Some(id),
            Err(problem) => return Ok(Err(problem)),
        }
        Ok(Ok(new))
    }

    fn exists(&mut self, record: &NewInteraction) -> Result<bool> {
        let id = record.id.unwrap_or(InteractionId(uuid::Uuid::nil()));
        match self.host.interaction(id) {
            Ok(_) => Ok(true),
            Err(regulars::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn write(&mut self, records: Vec<NewInteraction>) -> Result<Vec<RowResult>> {
        self.create_missing()?;
        let mut results = Vec::with_capacity(records.len());
        if self.import.common.live {
            for recorded in self.host.record_all(records) {
                results.push(match recorded {
                    Ok(recorded) if recorded.repeated => RowResult::Exists,
                    Ok(_) => RowResult::Created,
                    Err(error) => RowResult::Rejected(reject_reason(error)?),
                });
            }
        } else {
            self.import(&records, &mut results)?;
        }
        Ok(results)
    }

    fn preview(&self, record: &NewInteraction) -> Json {
        without_empty(serde_json::to_value(record).unwrap_or_default())
    }

    fn extra_entries(&self) -> Vec<(&'static str, u64, String)> {
        let verb = if self.import.common.dry_run {
            "would be created"
        } else {
            "created"
        };
        let customers = words::counted(self.created, "customer", "customers");
        vec![(
            "customers_created",
            self.created,
            format!("{customers} {verb}"),
        )]
    }
}

fn direction(text: &str) -> Result<Direction, String> {
    match text.to_lowercase().as_str() {
        "inbound" => Ok(Direction::Inbound),
        "outbound" => Ok(Direction::Outbound),
        "internal" => Ok(Direction::Internal),
        _ => Err(format!(
            "direction: “{text}” is not inbound, outbound or internal"
        )),
    }
}
