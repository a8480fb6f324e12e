use crate::PageRequest;
use crate::sql::codec::Columns;
use crate::sql::query::{self, Filter};
use crate::sql::{Result, SqlConnection};
use regulars_model::{AuditEntry, Page};

const SELECT: &str = "SELECT seq, at, actor, act, subject, details FROM audit";

fn decode<C: SqlConnection>(columns: &mut Columns<'_, '_, C>) -> Result<AuditEntry> {
    Ok(AuditEntry {
        at: columns.time()?,
        actor: columns.json()?,
        act: columns.word()?,
        subject: columns.get()?,
        details: columns.json()?,
    })
}

pub(crate) fn audit<C: SqlConnection>(sql: &C, page: PageRequest) -> Result<Page<AuditEntry>> {
    let order = ("seq < ?", "seq DESC");
    query::newest_first(sql, SELECT, Filter::new(), order, page, decode)
}
