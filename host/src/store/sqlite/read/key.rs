//! Keys.

use rusqlite::Connection;

use super::query;
use crate::model::KeyId;
use crate::store::ApiKey;
use crate::store::sqlite::codec::Columns;
use crate::store::sqlite::fault::Result;

const API_KEY: &str =
    "SELECT seq, id, name, hash, created_at, scopes, expires_at, last_used_at FROM api_key";

fn decode(columns: &mut Columns<'_, '_>) -> Result<ApiKey> {
    Ok(ApiKey {
        id: KeyId(columns.uuid()?),
        name: columns.get()?,
        hash: columns.get()?,
        created_at: columns.time()?,
        scopes: columns.json()?,
        expires_at: columns.time_opt()?,
        last_used_at: columns.time_opt()?,
    })
}

pub(in crate::store::sqlite) fn api_key(
    sql: &Connection,
    hash: &[u8; 32],
) -> Result<Option<ApiKey>> {
    let select = format!("{API_KEY} WHERE hash = ?");
    query::one(sql, &select, [hash], decode)
}

pub(in crate::store::sqlite) fn api_keys(sql: &Connection) -> Result<Vec<ApiKey>> {
    let select = format!("{API_KEY} ORDER BY seq");
    query::all(sql, &select, [], decode)
}
