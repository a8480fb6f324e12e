//! `regulars import`: customers and interactions from CSV files.
//!
//! A [`Table`] is read row by row, [`Columns`] say which cell goes where, an importer makes records
//! of them, and [`pass`] writes those in batches. Memory does not grow with the file, but for a
//! number per row where interactions have no ids of their own.

mod columns;
mod customers;
mod entry;
mod interaction_rows;
mod interactions;
mod lines;
mod pairing;
mod pass;
mod rejects;
mod resolve;
mod summary;
mod table;
pub(super) mod values;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use jiff::tz::TimeZone;

use super::Global;
use super::open::Scratch;
use super::output::Out;
use crate::host::Host;
use columns::{Columns, Target};
use pairing::{Constant, Pairing};
use table::Table;
use values::Dates;

/// Bring in customers and their past from CSV files
#[derive(Subcommand)]
pub enum Import {
    Customers(customers::Customers),
    Interactions(interactions::Interactions),
}

impl Import {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        match self {
            Import::Customers(it) => it.run(global, out),
            Import::Interactions(it) => it.run(global, out),
        }
    }
}

/// What both imports understand.
#[derive(Args)]
struct Common {
    /// A CSV file in UTF-8 with a header row
    file: PathBuf,

    /// Which column goes where. Columns whose header is a target's name are found without.
    /// `a+b` joins two columns with a blank; types are text, number, boolean, json
    #[arg(long = "map", value_name = "TARGET=COLUMN[:TYPE]")]
    map: Vec<Pairing>,

    /// One value for every row
    #[arg(long = "set", value_name = "TARGET=VALUE[:TYPE]")]
    set: Vec<Constant>,

    /// Whose ids these are: the same name finds the same customers again
    #[arg(long, value_name = "NAME", default_value = "import")]
    source: String,

    /// How dates are written, as in strptime: %d.%m.%Y. Without it: 2026-05-03, 2026-05-03T06:41 or
    /// RFC 3339. A date without a time is midnight, and a time without an offset local time, in
    /// --time-zone
    #[arg(long, value_name = "FORMAT")]
    date_format: Option<String>,

    /// What stands between the cells
    #[arg(long, value_name = "CHAR", default_value = ",")]
    delimiter: String,

    /// Show what would be stored, and write nothing
    #[arg(long)]
    dry_run: bool,

    /// Where rows go that cannot be imported [default: FILE.rejects.csv]
    #[arg(long, value_name = "PATH")]
    rejects: Option<PathBuf>,

    /// Fail (exit code 1) where any row was rejected; the others are imported all the same
    #[arg(long)]
    strict: bool,

    /// Let plugins run on what is imported, as if it happened now; stop a server on this database
    /// first. Otherwise it is history and sets nothing off
    #[arg(long)]
    live: bool,
}

impl Common {
    fn open(&self, targets: &'static [Target], free: bool) -> Result<(Table, Columns)> {
        let table = Table::open(&self.file, &self.delimiter)?;
        let columns = Columns::find(&table, targets, free, &self.map, &self.set)?;
        Ok((table, columns))
    }

    /// What the audit calls the file.
    fn name(&self) -> String {
        let name = self.file.file_name().unwrap_or(self.file.as_os_str());
        name.to_string_lossy().into_owned()
    }

    fn dates(&self, global: &Global) -> Result<Dates> {
        let zone = TimeZone::get(&global.time_zone);
        let zone = zone.map_err(|_| crate::Error::Config {
            key: "time_zone",
            problem: format!(
                "“{}” is not a time zone: use an IANA name such as Europe/Berlin",
                global.time_zone
            ),
        })?;
        Ok(Dates::new(zone, self.date_format.clone()))
    }

    /// The host to import into; for a rehearsal on a file that is not there, one that leaves no trace.
    fn host(&self, global: &Global) -> Result<(Host, Option<Scratch>)> {
        if let Some(host) = &global.host {
            return Ok((host.clone(), None));
        }
        if self.dry_run && !global.db().exists() {
            let scratch = Scratch::new()?;
            let host = scratch
                .builder(&global.time_zone)
                .without_workers()
                .build()?;
            return Ok((host, Some(scratch)));
        }
        let host = if self.live && !self.dry_run {
            global.build(global.builder())?
        } else {
            global.open()?
        };
        Ok((host, None))
    }
}
