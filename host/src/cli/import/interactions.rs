use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::Common;
use super::columns::{Target, target};
use super::interaction_rows::Reader;
use super::pass;
use crate::cli::output::Out;
use crate::cli::{Global, usage};

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

/// Bring in what passed between customers and the business from a CSV file
#[derive(Args)]
#[command(after_help = "\
Targets:
  customer       the id that the file's source knows the customer by; or customer.email, customer.tel
  occurred_at    when it was
  kind           visit, purchase, feedback, …; or --kind for every row
  id             the source's own id of the row: importing it again skips it. Without one, rows are
                 told apart by their content, equal ones by counting
  direction (inbound, outbound, internal), channel, subject, body
  data.<name>    anything else, such as data.amount; data.goal.target makes an object in an object

It is history and sets nothing off, unless --live.

Examples:
  regulars import interactions purchases.csv --kind purchase --dry-run
  regulars import interactions purchases.csv --kind purchase --create-customers \\
      --map customer=customer_id --map occurred_at=date --map id=interaction_id \\
      --map data.units=units:number --map data.amount_usd=amount_usd:number")]
pub struct Interactions {
    #[command(flatten)]
    pub(super) common: Common,

    /// The kind of every row: visit, purchase, …
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,

    /// Make customers who are not there, with nothing but their external id; otherwise their rows
    /// are rejected
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
                "no column says whom a row is about: name one with --map customer=COLUMN (the file has {})",
                names()
            );
        }
        if !columns.has("occurred_at") {
            usage!(
                "no column says when it was: name one with --map occurred_at=COLUMN (the file has {})",
                names()
            );
        }
        if !columns.has("kind") && self.kind.is_none() {
            usage!("nothing says what the rows are: give --kind purchase, or --map kind=COLUMN");
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
