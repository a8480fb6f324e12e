//! Maps columns to targets, from `--map`, `--set` and the headers.

use std::borrow::Cow;

use anyhow::Result;
use serde_json::Map;

use super::entry::{Entry, Source, insert_at};
use super::pairing::{Constant, Mapping};
use super::table::{Row, Table};
use super::values::{self, Type};
use crate::output::safe;
use crate::usage;
use regulars::model::Json;

/// A field of a record that a column can be mapped to.
pub struct Target {
    pub name: &'static str,
    /// Headers that are mapped to it, besides its name.
    pub aliases: &'static [&'static str],
    /// True if several columns can be mapped to it.
    pub many: bool,
}

pub const fn target(name: &'static str, aliases: &'static [&'static str]) -> Target {
    Target {
        name,
        aliases,
        many: false,
    }
}

pub const fn targets(name: &'static str, aliases: &'static [&'static str]) -> Target {
    Target {
        name,
        aliases,
        many: true,
    }
}

/// The mapped columns of a table.
pub struct Columns {
    width: usize,
    entries: Vec<Entry>,
    /// Headers that are not mapped.
    pub unused: Vec<String>,
}

/// Prefix of targets with a free name.
const DATA_PREFIX: &str = "data.";

impl Columns {
    /// Maps the columns. With `free`, `data.<name>` is a target too.
    pub fn find(
        table: &Table,
        targets: &'static [Target],
        free: bool,
        mappings: &[Mapping],
        constants: &[Constant],
    ) -> Result<Columns> {
        let mut columns = Columns {
            width: table.names.len(),
            entries: Vec::new(),
            unused: Vec::new(),
        };
        for it in mappings {
            let cells = cells(table, &it.column)?;
            columns.add(targets, free, &it.target, Source::Cells(cells), it.kind)?;
        }
        for it in constants {
            let value = Source::Value(it.value.clone());
            columns.add(targets, free, &it.target, value, it.kind)?;
        }
        columns.guess(table, targets, free)?;
        let used = |index: usize| {
            columns.entries.iter().any(
                |entry| matches!(&entry.source, Source::Cells(cells) if cells.contains(&index)),
            )
        };
        let unused = table.names.iter().enumerate();
        let unused = unused.filter(|(index, name)| !used(*index) && !name.is_empty());
        columns.unused = unused.map(|(_, name)| safe(name, 60)).collect();
        Ok(columns)
    }

    fn add(
        &mut self,
        targets: &[Target],
        free: bool,
        name: &str,
        source: Source,
        kind: Type,
    ) -> Result<()> {
        let target = targets.iter().find(|target| target.name == name);
        let is_free = free && name.strip_prefix(DATA_PREFIX).is_some_and(is_path);
        if target.is_none() && !is_free {
            let names: Vec<&str> = targets.iter().map(|target| target.name).collect();
            let more = if free { ", data.<name>" } else { "" };
            usage!(
                "unknown target “{}”: expected one of {}{more}",
                safe(name, 60),
                names.join(", ")
            );
        }
        if !is_free && kind != Type::Text {
            usage!("{name} has a fixed type: remove the type after the colon");
        }
        if !target.is_some_and(|target| target.many) && self.has(name) {
            usage!("{name} is mapped twice");
        }
        self.entries.push(Entry {
            target: name.to_owned(),
            source,
            kind,
            explicit: true,
        });
        Ok(())
    }

    /// Maps columns whose header is the name of a target that the command line does not mention.
    fn guess(&mut self, table: &Table, targets: &[Target], free: bool) -> Result<()> {
        let taken: Vec<usize> = self.entries.iter().flat_map(Entry::cells).collect();
        for target in targets
            .iter()
            .filter(|target| !self.is_explicit(target.name))
            .collect::<Vec<_>>()
        {
            let names = std::iter::once(&target.name).chain(target.aliases);
            for name in names {
                let matches = |index: &usize| {
                    !taken.contains(index) && normalized(&table.names[*index]) == *name
                };
                let found: Vec<usize> = (0..self.width).filter(matches).collect();
                if found.len() > 1 {
                    usage!(
                        "{} columns are named “{}”: give them different names",
                        found.len(),
                        safe(&table.names[found[0]], 60)
                    );
                }
                if let [index] = found[..] {
                    self.push_guess(target.name.to_owned(), index);
                    if !target.many {
                        break;
                    }
                }
            }
        }
        let headers = table.names.iter().enumerate();
        for (index, name) in headers.filter(|(index, _)| free && !taken.contains(index)) {
            if name.strip_prefix(DATA_PREFIX).is_some_and(is_path) && !self.has(name) {
                self.push_guess(name.clone(), index);
            }
        }
        Ok(())
    }

    fn push_guess(&mut self, target: String, index: usize) {
        self.entries.push(Entry {
            target,
            source: Source::Cells(vec![index]),
            kind: Type::Text,
            explicit: false,
        });
    }

    pub fn has(&self, target: &str) -> bool {
        self.entries.iter().any(|entry| entry.target == target)
    }

    /// Returns true if the command line names the target.
    pub fn is_explicit(&self, target: &str) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|entry| entry.explicit && entry.target == target)
    }

    /// Describes the source of each target.
    pub fn describe(&self, table: &Table) -> Vec<String> {
        let entries = self.entries.iter();
        let words = entries.map(|entry| match &entry.source {
            Source::Value(value) => format!("{} is always “{}”", entry.target, safe(value, 60)),
            Source::Cells(cells) => {
                let names: Vec<String> = cells
                    .iter()
                    .map(|index| safe(&table.names[*index], 60))
                    .collect();
                format!("{} from {}", entry.target, names.join(" + "))
            }
        });
        words.collect()
    }

    /// Rejects a row whose number of cells differs from the header's.
    pub fn check(&self, row: &Row) -> Result<(), String> {
        let cells = row.cells.len();
        if cells == self.width {
            return Ok(());
        }
        Err(format!(
            "the row has {cells} cells, the header has {}",
            self.width
        ))
    }

    /// Returns the text for a target, or `None` if it is empty.
    pub fn text<'r>(&'r self, row: &'r Row, target: &str) -> Result<Option<Cow<'r, str>>, String> {
        let mut entries = self.entries.iter();
        match entries.find(|entry| entry.target == target) {
            Some(entry) => entry.text(row),
            None => Ok(None),
        }
    }

    /// Returns all texts for a target that takes several columns.
    pub fn texts<'r>(&'r self, row: &'r Row, target: &str) -> Result<Vec<Cow<'r, str>>, String> {
        let entries = self.entries.iter();
        let texts = entries.filter(|entry| entry.target == target);
        texts
            .filter_map(|entry| entry.text(row).transpose())
            .collect()
    }

    /// Builds the object of the `data.…` targets, or `None` if it is empty.
    pub fn data(&self, row: &Row) -> Result<Option<Json>, String> {
        let mut data = Map::new();
        for entry in &self.entries {
            if let Some(path) = entry.target.strip_prefix(DATA_PREFIX)
                && let Some(text) = entry.text(row)?
            {
                let value = values::parse_as(&text, entry.kind)
                    .map_err(|problem| format!("{}: {problem}", entry.target))?;
                insert_at(&mut data, path, value).ok_or_else(|| {
                    format!("{}: another column sets this path to a value", entry.target)
                })?;
            }
        }
        Ok((!data.is_empty()).then_some(Json::Object(data)))
    }
}

/// Finds the cells of a column, or of several joined with `+`.
fn cells(table: &Table, column: &str) -> Result<Vec<usize>> {
    let find = |name: &str| -> Result<Option<usize>> {
        let places = table.names.iter().enumerate();
        let found: Vec<usize> = places
            .filter(|(_, other)| *other == name)
            .map(|(index, _)| index)
            .collect();
        match found[..] {
            [] => Ok(None),
            [index] => Ok(Some(index)),
            _ => usage!(
                "{} columns are named “{}”: give them different names",
                found.len(),
                safe(name, 60)
            ),
        }
    };
    if let Some(index) = find(column)? {
        return Ok(vec![index]);
    }
    let mut cells = Vec::new();
    for name in column.split('+') {
        match find(name.trim())? {
            Some(index) => cells.push(index),
            None => {
                let names: Vec<String> = table.names.iter().map(|name| safe(name, 60)).collect();
                usage!(
                    "no column “{}”: the file has {}",
                    safe(name.trim(), 60),
                    names.join(", ")
                )
            }
        }
    }
    Ok(cells)
}

/// Writes a header as targets are written: `First Name` as `first_name`.
fn normalized(header: &str) -> String {
    header.trim().to_lowercase().replace([' ', '-'], "_")
}

/// Returns true for non-empty names separated by dots.
fn is_path(path: &str) -> bool {
    path.split('.').all(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_compared_as_targets_are_written() {
        assert_eq!(normalized(" First-Name "), "first_name");
        assert_eq!(normalized("E-mail"), "e_mail");
    }
}
