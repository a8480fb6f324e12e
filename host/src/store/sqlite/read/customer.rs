use rusqlite::Connection;

use super::query::{self, Filter};
use crate::model::*;
use crate::store::sqlite::codec::{Columns, word};
use crate::store::sqlite::fault::Result;
use crate::store::{CustomerQuery, PageRequest};

const COLUMNS: &str = "SELECT c.key, c.id, c.version, c.display_name, c.given_name, c.language,
    c.birth_year, c.birth_month, c.birth_day, c.time_zone, c.level, c.topics,
    (SELECT json_group_array(g.tag) FROM customer_tag g WHERE g.customer = c.key), c.since";

fn decode(columns: &mut Columns<'_, '_>) -> Result<Customer> {
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
        tags: columns.json()?,
        since: columns.time()?,
        version,
    })
}

pub(in crate::store::sqlite) fn customer(
    sql: &Connection,
    id: CustomerId,
) -> Result<Option<Customer>> {
    let select = format!("{COLUMNS} FROM customer c WHERE c.id = ? AND c.erased_at IS NULL");
    query::one(sql, &select, [id.0.as_bytes()], decode)
}

pub(in crate::store::sqlite) fn erased_at(
    sql: &Connection,
    id: CustomerId,
) -> Result<Option<Timestamp>> {
    let found = query::one(
        sql,
        "SELECT 0, erased_at FROM customer WHERE id = ?",
        [id.0.as_bytes()],
        |columns| columns.time_opt(),
    )?;
    Ok(found.flatten())
}

/// The integer key of a customer; none for one who was erased.
pub(in crate::store::sqlite) fn key(sql: &Connection, id: CustomerId) -> Result<Option<i64>> {
    query::value(
        sql,
        "SELECT key FROM customer WHERE id = ? AND erased_at IS NULL",
        [id.0.as_bytes()],
    )
}

pub(in crate::store::sqlite) fn customers(
    sql: &Connection,
    wanted: &CustomerQuery,
    page: PageRequest,
) -> Result<Page<Customer>> {
    let mut filter = Filter::new();
    filter.and("c.erased_at IS NULL");
    let search = wanted.search.as_deref().and_then(match_expression);
    // The condition that leaves the fewest goes first and gives the order; a page then stops early
    // however many customers there are.
    let (from, order) = match (&wanted.contact, &search, &wanted.tag) {
        (None, Some(_), _) => (
            "customer_name n CROSS JOIN customer c ON c.key = n.rowid",
            ("n.rowid < ?", "n.rowid DESC"),
        ),
        (None, None, Some(_)) => (
            "customer_tag t CROSS JOIN customer c ON c.key = t.customer",
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
                None => "customer_name MATCH ?",
                Some(_) => {
                    "EXISTS (SELECT 1 FROM customer_name n WHERE customer_name MATCH ? AND n.rowid = c.key)"
                }
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
    let select = format!("{COLUMNS} FROM {from}");
    query::newest_first(sql, &select, filter, order, page, decode)
}

/// Words more than this are not looked at.
const WORDS: usize = 16;

/// What a person typed, as an expression of FTS5: each word a quoted string that a name may go on
/// after. None where there is no word.
fn match_expression(typed: &str) -> Option<String> {
    let mut expression = String::new();
    let words = typed
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty());
    for word in words.take(WORDS) {
        let word = word.replace('"', "\"\"");
        expression.push_str(&format!("\"{word}\"* "));
    }
    (!expression.is_empty()).then_some(expression)
}

pub(in crate::store::sqlite) fn contact_points(
    sql: &Connection,
    customer: CustomerId,
) -> Result<Vec<ContactPoint>> {
    query::all(
        sql,
        "SELECT p.seq, p.kind, p.value, p.label FROM contact_point p
         JOIN customer c ON c.key = p.customer WHERE c.id = ? ORDER BY p.seq",
        [customer.0.as_bytes()],
        |columns| {
            Ok(ContactPoint {
                kind: columns.word()?,
                value: columns.get()?,
                label: columns.get()?,
            })
        },
    )
}

pub(in crate::store::sqlite) fn time_zones(sql: &Connection) -> Result<Vec<String>> {
    // Steps from one zone to the next by the index, and so never looks at every customer.
    query::all(
        sql,
        "WITH RECURSIVE zone (name) AS (
             SELECT min(time_zone) FROM customer
             UNION ALL
             SELECT (SELECT min(time_zone) FROM customer WHERE time_zone > name) FROM zone
             WHERE name IS NOT NULL)
         SELECT 0, name FROM zone WHERE name IS NOT NULL",
        [],
        |columns| columns.get(),
    )
}
