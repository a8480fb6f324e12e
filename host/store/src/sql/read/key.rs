use crate::ApiKey;
use crate::sql::codec::Columns;
use crate::sql::query;
use crate::sql::{Result, SqlConnection, params, sql};
use regulars_model::KeyId;

const API_KEY: &str =
    "SELECT seq, id, name, hash, created_at, scopes, expires_at, last_used_at FROM api_key";

fn decode<C: SqlConnection>(columns: &mut Columns<'_, '_, C>) -> Result<ApiKey> {
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

pub(crate) fn api_key<C: SqlConnection>(sql: &C, hash: &[u8; 32]) -> Result<Option<ApiKey>> {
    let select = sql![API_KEY, " WHERE hash = ?"];
    query::one(sql, select, params![hash], decode)
}

pub(crate) fn api_keys<C: SqlConnection>(sql: &C) -> Result<Vec<ApiKey>> {
    let select = sql![API_KEY, " ORDER BY seq"];
    query::all(sql, select, params![], decode)
}
