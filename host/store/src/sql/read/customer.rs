use crate::sql::codec::{Columns, word};
use crate::sql::query::{self, Filter};
use crate::sql::{Result, SqlConnection, params, sql};
use crate::{CustomerQuery, PageRequest};
use regulars_model::*;

const COLUMNS: &str = "SELECT c.key, c.id, c.version, c.display_name, c.given_name, c.language,
    c.birth_year, c.birth_month, c.birth_day, c.time_zone, c.level, c.topics, c.since, ";

fn decode<C: SqlConnection>(columns: &mut Columns<'_, '_, C>) -> Result<Customer> {
    let id = CustomerId(columns.uuid()?);
    let version = columns.unsigned()?;
    let (display_name, given_name, language) = (columns.get()?, columns.get()?, columns.get()?);
    let (year, month, day) = (columns.get()?, columns.get()?, columns.get()?);
    let birthday = match (month, day) {
        (Some(month), Some(day)) => Some(Birthday { year, month, day }),
        _ => None,
    };
    Ok(Customer {
        id,
        display_name,
        given_name,
        language,
        birthday,
        time_zone: columns.get()?,
        level: columns.word()?,
        topics: columns.json()?,
        since: columns.time()?,
        tags: columns.json()?,
        version,
    })
}

pub(crate) fn customer<C: SqlConnection>(sql: &C, id: CustomerId) -> Result<Option<Customer>> {
    let select = sql![
        COLUMNS,
        C::DIALECT.tags(),
        " FROM customer c WHERE c.id = ? AND c.erased_at IS NULL"
    ];
    query::one(sql, select, params![id.0.as_bytes()], decode)
}

pub(crate) fn erased_at<C: SqlConnection>(sql: &C, id: CustomerId) -> Result<Option<Timestamp>> {
    let found = query::one(
        sql,
        "SELECT 0, erased_at FROM customer WHERE id = ?",
        params![id.0.as_bytes()],
        |columns| columns.time_opt(),
    )?;
    Ok(found.flatten())
}

/// Returns the integer key of a customer, `None` for an erased one.
pub(crate) fn key<C: SqlConnection>(sql: &C, id: CustomerId) -> Result<Option<i64>> {
    query::value(
        sql,
        "SELECT key FROM customer WHERE id = ? AND erased_at IS NULL",
        params![id.0.as_bytes()],
    )
}

pub(crate) fn customers<C: SqlConnection>(
    sql: &C,
    wanted: &CustomerQuery,
    page: PageRequest,
) -> Result<Page<Customer>> {
    let mut filter = Filter::new();
    filter.and("c.erased_at IS NULL");
    let search = wanted.search.as_deref().and_then(pattern::<C>);
    // The narrowest condition goes first and gives the order, so that a page stops early among many customers.
    let (from, order) = match (&wanted.contact, &search, &wanted.tag) {
        (None, Some(_), _) => {
            let (names, before, order) = C::DIALECT.names();
            (names, (before, order))
        }
        (None, None, Some(_)) => (
            sql![
                "customer_tag t",
                C::DIALECT.join_in_order(),
                "customer c ON c.key = t.customer"
            ],
            ("t.customer < ?", "t.customer DESC"),
        ),
        _ => ("customer c", ("c.key < ?", "c.key DESC")),
    };
    if let Some((kind, value)) = &wanted.contact {
        filter.and_with(
            "c.key IN (SELECT customer FROM contact_point WHERE kind = ? AND value = ?)",
            word(kind)?,
        );
        filter.value(value.clone());
    }
    let searched = search.is_some();
    if let Some(search) = search {
        filter.and_with(
            match wanted.contact {
                None => C::DIALECT.name_matches(),
                Some(_) => C::DIALECT.customer_matches(),
            },
            search,
        );
    }
    if let Some(tag) = &wanted.tag {
        filter.and_with(
            if wanted.contact.is_none() && !searched {
                "t.tag = ?"
            } else {
                "EXISTS (SELECT 1 FROM customer_tag t WHERE t.customer = c.key AND t.tag = ?)"
            },
            tag.clone(),
        );
    }
    if let Some(level) = &wanted.level {
        filter.and_with("c.level = ?", word(level)?);
    }
    let select = format!("{COLUMNS}{} FROM {from}", C::DIALECT.tags());
    query::newest_first(sql, &select, filter, order, page, decode)
}

/// The most words of a search.
const WORDS: usize = 16;

/// Makes a pattern of the words that a person typed. Returns `None` if there is no word.
fn pattern<C: SqlConnection>(typed: &str) -> Option<String> {
    let words = typed
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty());
    let pattern = C::DIALECT.name_pattern(words.take(WORDS));
    (!pattern.is_empty()).then_some(pattern)
}

pub(crate) fn contact_points<C: SqlConnection>(
    sql: &C,
    customer: CustomerId,
) -> Result<Vec<ContactPoint>> {
    query::all(
        sql,
        "SELECT p.seq, p.kind, p.value, p.label FROM contact_point p
         JOIN customer c ON c.key = p.customer WHERE c.id = ? ORDER BY p.seq",
        params![customer.0.as_bytes()],
        |columns| {
            Ok(ContactPoint {
                kind: columns.word()?,
                value: columns.get()?,
                label: columns.get()?,
            })
        },
    )
}

pub(crate) fn time_zones<C: SqlConnection>(sql: &C) -> Result<Vec<String>> {
    // Steps from zone to zone by the index, without a look at every customer.
    query::all(
        sql,
        "WITH RECURSIVE zone (name) AS (
             SELECT min(time_zone) FROM customer
             UNION ALL
             SELECT (SELECT min(time_zone) FROM customer WHERE time_zone > name) FROM zone
             WHERE name IS NOT NULL)
         SELECT 0, name FROM zone WHERE name IS NOT NULL",
        params![],
        |columns| columns.get(),
    )
}
