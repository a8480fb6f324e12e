//! The file as SQLite sees it.

use std::path::Path;

use rusqlite::Connection;

use super::{SCHEMA, journal};
use crate::sql::examine::{Check, RESTORE};
use crate::sql::{Result, SqlConnection, params, query};
use regulars_model::Finding;

/// Checks of the file's pages. `quick` leaves out those that read all of them.
pub(super) fn checks(quick: bool) -> Vec<Check<Connection>> {
    let room = Check::new("room in the file", room);
    if quick {
        let pages = Check::new("pages", |sql, check| {
            pages(sql, check, "PRAGMA quick_check(5)")
        });
        return vec![room, pages];
    }
    let pages = Check::new("pages and indexes", |sql, check| {
        pages(sql, check, "PRAGMA integrity_check(5)")
    });
    vec![room, pages, Check::new("references", references)]
}

pub(super) fn schema(version: u32) -> Finding {
    let known = SCHEMA.version();
    let found = format!("It is a Regulars database of schema {version}.");
    if version == known {
        return Finding::ok("file", found);
    }
    Finding::warning(
        "file",
        format!("{found} This program's is {known}."),
        "make a backup; the next start brings it up to date",
    )
}

pub(super) fn journal(path: &Path) -> Finding {
    match journal::settled(path) {
        Err(error) => Finding::error(
            "journal",
            format!("It cannot be read: {error}."),
            "check the permissions of the files beside the database",
        ),
        Ok(None) => Finding::ok("journal", "There is none, and none is needed."),
        Ok(Some(journal)) if journal.is_damaged() => Finding::error(
            "journal",
            format!(
                "{} is damaged: {} commits can be read, and {} behind them cannot.",
                journal::beside(path, "-wal").display(),
                journal.commits,
                journal.cut_off
            ),
            "keep a copy of it, and restore a backup; to go on without what cannot be read, start \
             once with --durability normal",
        ),
        Ok(Some(journal)) if journal.size > 256 << 20 => Finding::warning(
            "journal",
            format!("It has grown to {} MiB.", journal.size >> 20),
            "a process reads the database without end: find the process that has it open",
        ),
        Ok(Some(journal)) => Finding::ok(
            "journal",
            format!(
                "{} commits wait in it to be written into the file.",
                journal.commits
            ),
        ),
    }
}

fn room(sql: &Connection, check: &'static str) -> Result<Vec<Finding>> {
    let all = sql.size()?;
    let count = |select| query::count(sql, select, params![]);
    let pages = count("SELECT page_count FROM pragma_page_count")?;
    let free = count("SELECT freelist_count FROM pragma_freelist_count")?;
    let found = format!(
        "{} MiB in {pages} pages, of which {free} are free.",
        all >> 20
    );
    if all > 256 << 20 && free * 2 > pages {
        return Ok(vec![Finding::warning(
            check,
            found,
            "most of the file is empty: `regulars backup` and `regulars restore` keep its size; \
             with the server stopped, `sqlite3 FILE VACUUM` shrinks it",
        )]);
    }
    Ok(vec![Finding::ok(check, found)])
}

/// SQLite's own check covers all indexes, the full-text index included.
fn pages(sql: &Connection, check: &'static str, pragma: &str) -> Result<Vec<Finding>> {
    let mut statement = sql.prepare(pragma)?;
    let said: Vec<String> = statement
        .query_map([], |row| row.get(0))?
        .collect::<std::result::Result<_, _>>()?;
    if said == ["ok"] {
        return Ok(vec![Finding::ok(check, "They are intact.")]);
    }
    Ok(said
        .iter()
        .map(|problem| Finding::error(check, sentence(problem), RESTORE))
        .collect())
}

fn references(sql: &Connection, check: &'static str) -> Result<Vec<Finding>> {
    let mut statement = sql.prepare(
        "SELECT \"table\", \"parent\", count(*) FROM pragma_foreign_key_check GROUP BY 1, 2",
    )?;
    let broken = statement.query_map([], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, i64>(2)?,
        ))
    })?;
    let mut findings = Vec::new();
    for row in broken {
        let (table, parent, count) = row?;
        findings.push(Finding::error(
            check,
            format!("{count} rows of {table} name a {parent} that is not there."),
            RESTORE,
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(check, "Every row that is named is there."));
    }
    Ok(findings)
}

/// Erased data that the write-ahead log may still hold.
pub(super) fn unpurged(sql: &Connection, check: &'static str) -> Result<Vec<Finding>> {
    let erasures = query::count(sql, "SELECT count(*) FROM wal_erasure", params![])?;
    Ok(vec![match erasures {
        0 => Finding::ok(check, "It holds nothing that was erased."),
        left => Finding::warning(
            check,
            format!("It may still hold what {left} erasures removed."),
            "it is cleared when no process reads for long: find the process that has the file open, or start the server",
        ),
    }])
}

/// Makes a sentence on one line of a foreign message.
pub(super) fn sentence(problem: &str) -> String {
    let line = regulars_model::text::line(problem, 300);
    let mut letters = line.trim_end_matches('.').chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}
