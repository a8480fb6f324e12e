use rusqlite::Connection;

use super::query::{self, Filter};
use crate::model::{AuditEntry, Page};
use crate::store::PageRequest;
use crate::store::sqlite::codec::Columns;
use crate::store::sqlite::fault::Result;

const SELECT: &str = "SELECT seq, at, actor, act, subject, details FROM audit";

fn decode(columns: &mut Columns<'_, '_>) -> Result<AuditEntry> {
    Ok(AuditEntry {
        at: columns.time()?,
        actor: columns.json()?,
        act: columns.word()?,
        subject: columns.get()?,
        details: columns.json()?,
    })
}

pub(in crate::store::sqlite) fn audit(
    sql: &Connection,
    page: PageRequest,
) -> Result<Page<AuditEntry>> {
    let order = ("seq < ?", "seq DESC");
    query::newest_first(sql, SELECT, Filter::new(), order, page, decode)
}
