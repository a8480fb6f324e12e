use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::Common;
use super::columns::{Target, target};
use super::interaction_rows::Reader;
use super::pass;
use crate::output::Out;
use crate::{Global, usage};

const TARGETS: &[Target] = &[
    target(
        "customer",
        &[
            "customer_id",
            "external_id",
            "member_id",
            "membership_number",
        ],
    ),
    target("customer.email", &["customer_email", "email"]),
    target("customer.tel", &["customer_tel", "customer_phone", "phone"]),
    target(
        "id",
        &[
            "interaction_id",
            "order_id",
            "transaction_id",
            "purchase_id",
            "visit_id",
        ],
    ),
    target("kind", &[]),
    target(
        "occurred_at",
        &["date", "datetime", "timestamp", "occurred", "order_date"],
    ),
    target("direction", &[]),
    target("channel", &[]),
    target("subject", &[]),
    target("body", &["note", "notes", "comment", "text"]),
];

/// Import interactions from a CSV file
#[derive(Args)]
#[command(after_help = "\
Targets:
  customer       customer's id in the source of the file; or customer.email, customer.tel
  occurred_at    time of the interaction
  kind           visit, purchase, feedback, …; or --kind for every row
  id             id of the row in the source: a second import skips the row. Without ids, rows are
                 recognised by their content, and equal rows are counted
  direction (inbound, outbound, internal), channel, subject, body
  data.<name>    any other value, such as data.amount; data.goal.target is nested in data.goal

Imported rows are history and trigger no plugins, unless --live is given.

Examples:
  regulars import interactions purchases.csv --kind purchase --dry-run
  regulars import interactions purchases.csv --kind purchase --create-customers \\
      --map customer=customer_id --map occurred_at=date --map id=interaction_id \\
      --map data.units=units:number --map data.amount_usd=amount_usd:number")]
pub struct Interactions {
    #[command(flatten)]
    pub(super) common: Common,

    /// Kind of every row: visit, purchase, …
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,

    /// Create unknown customers with only their external id; without it, their rows are rejected
    #[arg(long)]
    pub create_customers: bool,
}

impl Interactions {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let common = &self.common;
        let dates = common.dates(global)?;
        let (table, columns) = common.open(TARGETS, true)?;
        let named = ["customer", "customer.email", "customer.tel"];
        let names = || table.names.join(", ");
        if !named.iter().any(|target| columns.has(target)) {
            usage!(
                "no column for the customer: name one with --map customer=COLUMN (the file has {})",
                names()
            );
        }
        if !columns.has("occurred_at") {
            usage!(
                "no column for the time: name one with --map occurred_at=COLUMN (the file has {})",
                names()
            );
        }
        if !columns.has("kind") && self.kind.is_none() {
            usage!("no kind of interaction: set --kind purchase, or --map kind=COLUMN");
        }
        let (host, _scratch) = common.host(global)?;
        let mut importer = Reader::new(&self, &columns, dates, host.clone());
        let code = pass::run(&host, common, table, &columns, &mut importer, out)?;
        if common.live && !common.dry_run {
            host.settle()?;
        }
        Ok(code)
    }
}
