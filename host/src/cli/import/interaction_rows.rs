//! Reads interactions from rows and writes them.

use std::collections::HashMap;

use anyhow::Result;

use super::columns::Columns;
use super::customers::{at, bare};
use super::interactions::Interactions;
use super::pass::{Came, Importer, reason};
use super::resolve::Resolver;
use super::table::Row;
use super::values::Dates;
use crate::cli::words;
use crate::host::{Host, NewCustomer, NewInteraction};
use crate::ids;
use crate::model::*;

/// The importer of interactions.
pub struct Reader<'a> {
    import: &'a Interactions,
    columns: &'a Columns,
    dates: Dates,
    host: Host,
    resolver: Resolver,
    /// Number of rows by content, if rows have no ids.
    alike: HashMap<u64, u32>,
    /// Customers to create before the next batch is written.
    absent: Vec<NewCustomer>,
    created: u64,
}

/// The customer that a row names.
enum Whom {
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
            alike: HashMap::new(),
            absent: Vec::new(),
            created: 0,
        }
    }
}

impl Reader<'_> {
    /// Reads a row, without the customer and the id.
    fn interaction(&self, row: &Row) -> Result<(Whom, NewInteraction), String> {
        let columns = self.columns;
        let text = |target: &str| Ok::<_, String>(columns.text(row, target)?.map(String::from));
        let whom = if let Some(external) = text("customer")? {
            Whom::External(external)
        } else if let Some(email) = text("customer.email")? {
            Whom::At(ContactKind::Email, email)
        } else if let Some(tel) = text("customer.tel")? {
            Whom::At(ContactKind::Tel, tel)
        } else {
            return Err("the customer is empty".to_owned());
        };
        let kind = match &self.import.kind {
            // A kind column that was only guessed does not override --kind.
            Some(kind) if !columns.asks("kind") => kind.clone(),
            otherwise => text("kind")?
                .or(otherwise.clone())
                .ok_or("the kind is empty")?,
        };
        let occurred_at = columns.text(row, "occurred_at")?;
        let occurred_at = occurred_at.ok_or("the date is empty")?;
        let occurred_at = self
            .dates
            .instant(&occurred_at)
            .map_err(at("occurred_at"))?;
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
        Ok((whom, new))
    }

    fn customer(
        &mut self,
        whom: &Whom,
        since: Option<Timestamp>,
    ) -> Result<Result<CustomerId, String>> {
        let external = match whom {
            Whom::External(external) => external,
            Whom::At(kind, value) => return self.resolver.only_at(*kind, value),
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
            return Ok(Err(reason(error)?));
        }
        self.resolver.learn(external, Some(id));
        self.created += 1;
        self.absent.push(new);
        Ok(Ok(id))
    }

    /// Derives the id from the source's id, else from the content and the number of equal rows
    /// before.
    fn id(&mut self, row: &Row, new: &NewInteraction) -> Result<InteractionId, String> {
        let source = self.import.common.source.as_bytes();
        let kind = new.kind.as_bytes();
        if let Some(own) = self.columns.text(row, "id")? {
            let parts = [b"import", source, b"interaction", kind, own.as_bytes()];
            return Ok(InteractionId(ids::derived(&parts)));
        }
        let content = serde_json::to_vec(new).map_err(|error| error.to_string())?;
        let ordinal = self.alike.entry(ids::seed(&[&content])).or_default();
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

    fn create_absent(&mut self) -> Result<()> {
        for created in self.host.import_customers(std::mem::take(&mut self.absent)) {
            match created {
                // The rows of erased customers are rejected later, with the reason.
                Ok(_) | Err(crate::Error::Erased { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Imports the records. If one is refused, retries in halves, so that only that one is
    /// rejected.
    fn import(&self, records: &[NewInteraction], came: &mut Vec<Came>) -> Result<()> {
        let ids: Vec<InteractionId> = records.iter().filter_map(|record| record.id).collect();
        match self.host.import(records.to_vec()) {
            Ok((_, 0)) => came.extend(records.iter().map(|_| Came::Created)),
            Ok((0, _)) => came.extend(records.iter().map(|_| Came::There)),
            // Only the numbers matter, not which records they are.
            Ok((appended, skipped)) => {
                debug_assert_eq!(ids.len() as u64, appended + skipped);
                came.extend((0..appended).map(|_| Came::Created));
                came.extend((0..skipped).map(|_| Came::There));
            }
            Err(error) => {
                let reason = reason(error)?;
                if records.len() == 1 {
                    came.push(Came::Rejected(reason));
                } else {
                    let (head, tail) = records.split_at(records.len() / 2);
                    self.import(head, came)?;
                    self.import(tail, came)?;
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
        let (whom, mut new) = match self.interaction(row) {
            Ok(read) => read,
            Err(problem) => return Ok(Err(problem)),
        };
        if let Err(error) = self.host.check_interaction(&new) {
            return Ok(Err(reason(error)?));
        }
        match self.customer(&whom, new.occurred_at)? {
            Ok(customer) => new.customer = customer,
            Err(problem) => return Ok(Err(problem)),
        }
        match self.id(row, &new) {
            Ok(id) => new.id = Some(id),
            Err(problem) => return Ok(Err(problem)),
        }
        Ok(Ok(new))
    }

    fn is_there(&mut self, record: &NewInteraction) -> Result<bool> {
        let id = record.id.unwrap_or(InteractionId(uuid::Uuid::nil()));
        match self.host.interaction(id) {
            Ok(_) => Ok(true),
            Err(crate::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn write(&mut self, records: Vec<NewInteraction>) -> Result<Vec<Came>> {
        self.create_absent()?;
        let mut came = Vec::with_capacity(records.len());
        if self.import.common.live {
            for recorded in self.host.record_all(records) {
                came.push(match recorded {
                    Ok(recorded) if recorded.repeated => Came::There,
                    Ok(_) => Came::Created,
                    Err(error) => Came::Rejected(reason(error)?),
                });
            }
        } else {
            self.import(&records, &mut came)?;
        }
        Ok(came)
    }

    fn preview(&self, record: &NewInteraction) -> Json {
        bare(serde_json::to_value(record).unwrap_or_default())
    }

    fn also(&self) -> Vec<(&'static str, u64, String)> {
        let done = if self.import.common.dry_run {
            "would be created"
        } else {
            "created"
        };
        let made = words::counted(self.created, "customer", "customers");
        vec![("customers_created", self.created, format!("{made} {done}"))]
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
