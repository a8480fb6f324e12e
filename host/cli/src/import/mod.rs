//! `regulars import`: customers and interactions from CSV files.
//!
//! A [`Table`] reads rows, [`Columns`] maps cells to targets, an importer turns rows into records,
//! and [`pass`] writes the records in batches. Memory does not grow with the file, except for one
//! number per row if interactions have no ids.

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
use columns::{Columns, Target};
use pairing::{Constant, Mapping};
use regulars::host::Host;
use table::Table;
use values::Dates;

/// Import customers or their history from CSV files
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

/// Options of both imports.
#[derive(Args)]
struct Common {
    /// CSV file in UTF-8 with a header row
    file: PathBuf,

    /// Map a column to a target; repeatable. Columns whose header is a target's name are mapped
    /// automatically. `a+b` joins two columns with a space; types are text, number, boolean, json
    #[arg(long = "map", value_name = "TARGET=COLUMN[:TYPE]")]
    map: Vec<Mapping>,

    /// Set a target to the same value for every row; repeatable
    #[arg(long = "set", value_name = "TARGET=VALUE[:TYPE]")]
    set: Vec<Constant>,

    /// System that the ids come from: the same name finds the same customers again
    #[arg(long, value_name = "NAME", default_value = "import")]
    source: String,

    /// Date format, as in strptime: %d.%m.%Y. The default accepts 2026-05-03, 2026-05-03T06:41 and
    /// RFC 3339. Dates without a time are midnight; times without an offset are local to
    /// --time-zone
    #[arg(long, value_name = "FORMAT")]
    date_format: Option<String>,

    /// Character between the cells
    #[arg(long, value_name = "CHAR", default_value = ",")]
    delimiter: String,

    /// Print the records and write nothing
    #[arg(long)]
    dry_run: bool,

    /// File for rejected rows [default: FILE.rejects.csv]
    #[arg(long, value_name = "PATH")]
    rejects: Option<PathBuf>,

    /// Exit with code 1 if any row was rejected; the other rows are imported
    #[arg(long)]
    strict: bool,

    /// Run plugins on the imported rows, as if they happened now; stop a server on this database
    /// first. Without it, the rows are history and trigger no plugins
    #[arg(long)]
    live: bool,
}

impl Common {
    fn open(&self, targets: &'static [Target], free: bool) -> Result<(Table, Columns)> {
        let table = Table::open(&self.file, &self.delimiter)?;
        let columns = Columns::find(&table, targets, free, &self.map, &self.set)?;
        Ok((table, columns))
    }

    /// Returns the file's name for the audit log.
    fn name(&self) -> String {
        let name = self.file.file_name().unwrap_or(self.file.as_os_str());
        name.to_string_lossy().into_owned()
    }

    fn dates(&self, global: &Global) -> Result<Dates> {
        let zone = TimeZone::get(&global.time_zone);
        let zone = zone.map_err(|_| regulars::Error::Config {
            key: "time_zone",
            problem: format!(
                "unknown time zone “{}”: expected an IANA name such as Europe/Berlin",
                global.time_zone
            ),
        })?;
        Ok(Dates::new(zone, self.date_format.clone()))
    }

    /// Returns the host to import into. A dry run without a database gets a temporary one.
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
