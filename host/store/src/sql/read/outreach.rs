use std::collections::BTreeMap;

use super::{customer, outreach_rows};
use crate::sql::codec::{Columns, word};
use crate::sql::query::{self, Filter};
use crate::sql::{Result, SqlConnection, params, sql};
use crate::{
    MessageQuery, OutreachRequest, OutreachView, PageRequest, PastMessage, PointView, WhichMessages,
};
use regulars_model::*;

pub(crate) fn messages<C: SqlConnection>(
    sql: &C,
    wanted: &MessageQuery,
    page: PageRequest,
) -> Result<Page<Message>> {
    let mut filter = Filter::new();
    if let Some(customer) = wanted.customer {
        filter.and_with(
            "m.customer = (SELECT key FROM customer WHERE id = ?)",
            customer.0.as_bytes(),
        );
    }
    match &wanted.which {
        WhichMessages::All => {}
        WhichMessages::In(state) => filter.and_with("m.state = ?", word(state)?),
        WhichMessages::Waiting => filter.and("m.state IN ('queued', 'sending')"),
        WhichMessages::Ended => filter.and("m.state NOT IN ('queued', 'sending')"),
    }
    let order = ("m.seq < ?", "m.seq DESC");
    query::newest_first(
        sql,
        outreach_rows::SELECT,
        filter,
        order,
        page,
        outreach_rows::decode,
    )
}

pub(crate) fn message<C: SqlConnection>(sql: &C, id: MessageId) -> Result<Option<Message>> {
    let select = sql![outreach_rows::SELECT, " WHERE m.id = ?"];
    query::one(sql, select, params![id.0.as_bytes()], outreach_rows::decode)
}

/// The caller holds a transaction, so that everything is of one moment.
pub(crate) fn outreach<C: SqlConnection>(
    sql: &C,
    request: &OutreachRequest,
) -> Result<Option<(Customer, OutreachView)>> {
    let (Some(key), Some(customer)) = (
        customer::key(sql, request.customer)?,
        customer::customer(sql, request.customer)?,
    ) else {
        return Ok(None);
    };
    let version = query::value::<_, i64>(
        sql,
        "SELECT version FROM contact_version WHERE customer = ?",
        params![key],
    )?;
    let preferences = preferences(sql, key)?;
    let view = OutreachView {
        version: version.unwrap_or(0).unsigned_abs(),
        topics: customer.topics.clone(),
        paused_until: preferences.paused_until,
        channels: preferences.channels,
        points: points(sql, key)?,
        complaint_since: complaint_since(sql, key)?,
        past: past(sql, key, request)?,
    };
    Ok(Some((customer, view)))
}

pub(crate) fn preferences<C: SqlConnection>(sql: &C, key: i64) -> Result<Preferences> {
    let found = query::one(
        sql,
        "SELECT 0, paused_until, channels FROM preference WHERE customer = ?",
        params![key],
        |columns| {
            let paused_until = columns.time_opt()?;
            Ok(Preferences {
                paused_until,
                channels: columns.json_opt()?,
            })
        },
    )?;
    Ok(found.unwrap_or_default())
}

fn points<C: SqlConnection>(sql: &C, key: i64) -> Result<Vec<PointView>> {
    let consents = consents_by_kind(sql, key)?;
    let rows = query::all(
        sql,
        "SELECT 0, p.kind, p.hash, p.bounced_at
         FROM contact_point p WHERE p.customer = ? ORDER BY p.seq",
        params![key],
        |columns| {
            let kind: ContactKind = columns.word()?;
            Ok((kind, columns.get::<[u8; 32]>()?, columns.time_opt()?))
        },
    )?;
    let mut points: Vec<PointView> = Vec::with_capacity(rows.len());
    for (kind, hash, bounced_at) in rows {
        // One address under two labels is one point.
        if points.iter().any(|point| point.hash == hash) {
            continue;
        }
        let suppressed = query::one(
            sql,
            "SELECT 0, reason FROM suppression WHERE hash = ?",
            params![hash],
            |columns| columns.word(),
        )?;
        points.push(PointView {
            kind,
            hash,
            suppressed,
            bounced: bounced_at.is_some(),
            consents: consents.get(&kind).cloned().unwrap_or_default(),
        });
    }
    Ok(points)
}

type Consents = BTreeMap<ContactKind, BTreeMap<Purpose, ConsentState>>;

fn consents_by_kind<C: SqlConnection>(sql: &C, key: i64) -> Result<Consents> {
    let rows = query::all(
        sql,
        "SELECT 0, kind, purpose, state FROM consent WHERE customer = ? ORDER BY at, seq",
        params![key],
        |columns| Ok((columns.word()?, columns.word()?, columns.word()?)),
    )?;
    let mut consents = Consents::new();
    for (kind, purpose, state) in rows {
        consents.entry(kind).or_default().insert(purpose, state);
    }
    Ok(consents)
}

fn complaint_since<C: SqlConnection>(sql: &C, key: i64) -> Result<Option<Timestamp>> {
    let newest = query::one(
        sql,
        "SELECT 0, max(at) FROM complaint WHERE customer = ? AND closed_at IS NULL",
        params![key],
        |columns| columns.time_opt(),
    )?;
    Ok(newest.flatten())
}

fn past<C: SqlConnection>(
    sql: &C,
    key: i64,
    request: &OutreachRequest,
) -> Result<Vec<PastMessage>> {
    query::all(
        sql,
        // An unconfirmed message counts at that instant, too.
        "SELECT 0, m.counts_at, m.purpose, m.channel, m.fingerprint, p.id
         FROM message m JOIN installation p ON p.key = m.installation
         WHERE m.customer = ?1 AND m.counts_at >= ?2 AND m.id IS DISTINCT FROM ?3
         UNION ALL
         SELECT 0, m.unconfirmed_at, m.purpose, m.channel, m.fingerprint, p.id
         FROM message m JOIN installation p ON p.key = m.installation
         WHERE m.customer = ?1 AND m.unconfirmed_at >= ?2 AND m.id IS DISTINCT FROM ?3",
        params![
            key,
            request.since.as_millisecond(),
            request.without.map(|id| *id.0.as_bytes()),
        ],
        |columns| {
            Ok(PastMessage {
                at: columns.time()?,
                purpose: columns.word()?,
                channel: columns.get::<Option<String>>()?.unwrap_or_default(),
                fingerprint: Fingerprint(columns.get()?),
                plugin: columns.installation()?,
            })
        },
    )
}

pub(crate) fn consents<C: SqlConnection>(
    sql: &C,
    id: CustomerId,
    page: PageRequest,
) -> Result<Page<Consent>> {
    let mut filter = Filter::new();
    filter.and_with("c.id = ?", id.0.as_bytes());
    let select = "SELECT n.seq, c.id, n.kind, n.purpose, n.state, n.at, n.source, n.note
        FROM consent n JOIN customer c ON c.key = n.customer";
    query::newest_first(
        sql,
        select,
        filter,
        ("n.seq < ?", "n.seq DESC"),
        page,
        |columns| {
            Ok(Consent {
                customer: CustomerId(columns.uuid()?),
                kind: columns.word()?,
                purpose: columns.word()?,
                state: columns.word()?,
                at: columns.time()?,
                source: columns.get()?,
                note: columns.get()?,
            })
        },
    )
}

pub(crate) fn suppression<C: SqlConnection>(
    sql: &C,
    hash: &[u8; 32],
) -> Result<Option<Suppression>> {
    query::one(
        sql,
        "SELECT 0, kind, hash, reason, at, source FROM suppression WHERE hash = ?",
        params![hash],
        |columns| {
            Ok(Suppression {
                kind: columns.word()?,
                hash: columns.get()?,
                reason: columns.word()?,
                at: columns.time()?,
                source: columns.get()?,
            })
        },
    )
}

const COMPLAINT: &str = "SELECT k.interaction, i.id, c.id, k.at, k.closed_at, k.closed_by, k.note
    FROM complaint k JOIN interaction i ON i.seq = k.interaction
    JOIN customer c ON c.key = k.customer";

/// Newest first.
pub(crate) fn complaints<C: SqlConnection>(sql: &C, id: CustomerId) -> Result<Vec<Complaint>> {
    let select = sql![COMPLAINT, " WHERE c.id = ? ORDER BY k.interaction DESC"];
    query::all(sql, select, params![id.0.as_bytes()], decode_complaint)
}

pub(crate) fn complaint<C: SqlConnection>(sql: &C, id: InteractionId) -> Result<Option<Complaint>> {
    let select = sql![COMPLAINT, " WHERE i.id = ?"];
    query::one(sql, select, params![id.0.as_bytes()], decode_complaint)
}

fn decode_complaint<C: SqlConnection>(columns: &mut Columns<'_, '_, C>) -> Result<Complaint> {
    Ok(Complaint {
        interaction: InteractionId(columns.uuid()?),
        customer: CustomerId(columns.uuid()?),
        at: columns.time()?,
        closed_at: columns.time_opt()?,
        closed_by: columns.get()?,
        note: columns.get()?,
    })
}

pub(crate) fn secret<C: SqlConnection>(sql: &C, name: &str) -> Result<Option<Vec<u8>>> {
    query::value(
        sql,
        "SELECT value FROM secret WHERE name = ?",
        params![name],
    )
}
