use regulars_manifest::Condition;

use crate::sql::codec::signed;
use crate::sql::query::{Filter, Value};
use crate::sql::{Fault, Result, SqlConnection, sql};
use crate::{AudienceQuery, StoreError, rules};
use regulars_model::CustomerId;

/// Makes one statement of the zone and the conditions. The customers come by key.
pub(crate) fn audience<C: SqlConnection>(
    sql: &C,
    wanted: &AudienceQuery,
    after: u64,
    limit: u32,
) -> Result<Vec<(u64, CustomerId)>> {
    let mut filter = Filter::new();
    let leading = leading(&wanted.conditions);
    let lead = leading.map(|index| &wanted.conditions[index]);
    // The index is named: the planner cannot know how few birthdays fall on one day.
    let (select, order) = match lead {
        Some(Condition::BirthdayToday) => {
            filter.and_with("c.key > ?", signed(after));
            (
                sql![
                    "SELECT c.key, c.id FROM customer c",
                    C::DIALECT.by_index(" INDEXED BY customer_birthday")
                ],
                "c.key",
            )
        }
        Some(_) => {
            filter.and_with("g.customer > ?", signed(after));
            (
                sql![
                    "SELECT g.customer, c.id FROM customer_tag g",
                    C::DIALECT.by_index(" INDEXED BY customer_tag_tag"),
                    C::DIALECT.join_in_order(),
                    "customer c ON c.key = g.customer"
                ],
                "g.customer",
            )
        }
        None => {
            filter.and_with("c.key > ?", signed(after));
            (
                sql![
                    "SELECT c.key, c.id FROM customer c",
                    C::DIALECT.by_index(" INDEXED BY customer_time_zone")
                ],
                "c.key",
            )
        }
    };
    let zone = wanted.time_zone.clone().map_or(Value::Null, Value::Text);
    filter.and_with("c.time_zone IS NOT DISTINCT FROM ?", zone);
    filter.and("c.erased_at IS NULL");
    for (index, condition) in wanted.conditions.iter().enumerate() {
        restrict(&mut filter, condition, wanted, leading == Some(index))?;
    }
    let rows = filter.select(sql, select, order, limit.into(), |columns| {
        Ok(CustomerId(columns.uuid()?))
    })?;
    Ok(rows
        .into_iter()
        .map(|(key, customer)| (key as u64, customer))
        .collect())
}

/// Returns the condition whose index is read: the birthday, else a tag. Without either, the zone's index is read.
fn leading(conditions: &[Condition]) -> Option<usize> {
    let birthday = |condition: &Condition| matches!(condition, Condition::BirthdayToday);
    let tag = |condition: &Condition| matches!(condition, Condition::Tagged { .. });
    let position = |of: fn(&Condition) -> bool| conditions.iter().position(of);
    position(birthday).or_else(|| position(tag))
}

fn restrict(
    filter: &mut Filter,
    condition: &Condition,
    wanted: &AudienceQuery,
    leads: bool,
) -> Result<()> {
    match condition {
        Condition::BirthdayToday => {
            // One day comes out of the index in the order of keys. Two days must be sorted.
            filter.and_with("c.birth_month = ?", i64::from(wanted.date.month()));
            let day = i64::from(wanted.date.day());
            if rules::keeps_leap_day(wanted.date) {
                filter.and_with("c.birth_day IN (?, 29)", day);
            } else {
                filter.and_with("c.birth_day = ?", day);
            }
        }
        Condition::Inactive { days } => filter.and_with(
            "c.last_inbound_at <= ?",
            rules::inactive_until(wanted.now, *days).as_millisecond(),
        ),
        Condition::Tagged { tag } if leads => filter.and_with("g.tag = ?", tag.clone()),
        Condition::Tagged { tag } => filter.and_with(
            "EXISTS (SELECT 1 FROM customer_tag t WHERE t.customer = c.key AND t.tag = ?)",
            tag.clone(),
        ),
        Condition::Level { level } => filter.and_with("c.level = ?", level.clone()),
        Condition::HasKind { kind } => filter.and_with(
            "EXISTS (SELECT 1 FROM interaction i WHERE i.customer = c.key AND i.kind = ?)",
            kind.clone(),
        ),
        // An unknown condition must not reach customers that it excludes.
        other => {
            return Err(Fault::Store(StoreError::Backend(format!(
                "unknown audience condition {other:?}: this version cannot evaluate it"
            ))));
        }
    }
    Ok(())
}
