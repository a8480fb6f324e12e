//! Commands about one customer, and the search for a customer named on the command line.

mod link;

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Subcommand;

use super::output::Out;
use super::{Global, words};
use regulars::host::Host;
use regulars::model::*;
use regulars::store::{CustomerQuery, PageRequest};

/// Manage a single customer
#[derive(Subcommand)]
pub enum Customers {
    Link(link::Link),
}

impl Customers {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        match self {
            Customers::Link(it) => it.run(global, out),
        }
    }
}

/// Finds a customer by id, external id, email address, telephone number or unique name.
pub fn find(host: &Host, named: &str) -> Result<Customer> {
    let named = named.trim();
    if let Ok(id) = named.parse::<CustomerId>() {
        return Ok(host.customer(id)?);
    }
    for kind in [ContactKind::External, ContactKind::Email, ContactKind::Tel] {
        let query = CustomerQuery {
            contact: Some((kind, named.to_owned())),
            ..CustomerQuery::default()
        };
        if let Some(customer) = find_one(host, named, &query)? {
            return Ok(customer);
        }
    }
    let query = CustomerQuery {
        search: Some(named.to_owned()),
        ..CustomerQuery::default()
    };
    match find_one(host, named, &query)? {
        Some(customer) => Ok(customer),
        None => bail!(
            "no customer matches “{named}”: give an id, external id, email address, telephone number or name"
        ),
    }
}

fn find_one(host: &Host, named: &str, query: &CustomerQuery) -> Result<Option<Customer>> {
    let found = host.customers(query, PageRequest::first(6))?.items;
    if found.len() > 1 {
        let candidates: Vec<String> = found
            .iter()
            .take(5)
            .map(|customer| format!("{} ({})", words::name_of(customer), customer.id))
            .collect();
        let more = if found.len() > 5 { ", …" } else { "" };
        bail!(
            "“{named}” matches several customers: {}{more}; give the id",
            candidates.join(", ")
        );
    }
    Ok(found.into_iter().next())
}
