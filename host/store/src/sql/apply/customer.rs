use super::{Apply, conflict};
use crate::Precondition;
use crate::sql::codec::{json, word};
use crate::sql::{Result, SqlConnection, params, query, sql};
use regulars_model::{ContactPoint, Customer, CustomerId, Level};

impl<C: SqlConnection> Apply<'_, C> {
    pub(super) fn put_customer(&mut self, customer: &Customer) -> Result<()> {
        let old = query::one(
            self.sql,
            "SELECT key, display_name, given_name, erased_at FROM customer WHERE id = ?",
            params![customer.id.0.as_bytes()],
            |columns| Ok((names(columns.get()?, columns.get()?), columns.time_opt()?)),
        )?;
        if let Some((_, Some(_))) = old {
            return Err(conflict(Precondition::CustomerAbsent(customer.id)));
        }
        let birthday = customer.birthday;
        let key = self.value(
            "INSERT INTO customer (id, version, display_name, given_name, language, birth_year,
                     birth_month, birth_day, time_zone, level, topics, since)
                 VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (id) DO UPDATE SET version = customer.version + 1,
                     display_name = excluded.display_name, given_name = excluded.given_name,
                     language = excluded.language, birth_year = excluded.birth_year,
                     birth_month = excluded.birth_month, birth_day = excluded.birth_day,
                     time_zone = excluded.time_zone, level = excluded.level,
                     topics = excluded.topics, since = excluded.since
                 RETURNING key",
            params![
                customer.id.0.as_bytes(),
                customer.display_name,
                customer.given_name,
                customer.language,
                birthday.and_then(|birthday| birthday.year),
                birthday.map(|birthday| birthday.month),
                birthday.map(|birthday| birthday.day),
                customer.time_zone,
                word(&customer.level)?,
                json(&customer.topics)?,
                customer.since.as_millisecond(),
            ],
        )?;
        let is_new = old.is_none();
        if is_new {
            self.cache.made_customer(customer.id, key);
        }
        let old_names = old.and_then(|(names, _)| names);
        let new_names = names(customer.display_name.clone(), customer.given_name.clone());
        self.index_names(key, old_names, new_names)?;
        self.put_tags(key, customer, is_new)
    }

    pub(super) fn index_names(
        &self,
        key: i64,
        old: Option<String>,
        new: Option<String>,
    ) -> Result<()> {
        if old == new {
            return Ok(());
        }
        if let (Some(statement), Some(old)) = (C::DIALECT.unindex_name(), old) {
            self.execute(statement, params![key, old])?;
        }
        if let (Some(statement), Some(new)) = (C::DIALECT.index_name(), new) {
            self.execute(statement, params![key, new])?;
        }
        Ok(())
    }

    fn put_tags(&self, key: i64, customer: &Customer, is_new: bool) -> Result<()> {
        if !is_new {
            self.execute(
                sql![
                    "DELETE FROM customer_tag WHERE customer = ?1 AND tag NOT IN ",
                    C::DIALECT.list(2)
                ],
                params![key, json(&customer.tags)?],
            )?;
        }
        for tag in &customer.tags {
            self.insert_tag(key, tag)?;
        }
        Ok(())
    }

    /// Returns true if the customer did not have it.
    fn insert_tag(&self, key: i64, tag: &str) -> Result<bool> {
        let inserted = self.execute(
            "INSERT INTO customer_tag (customer, tag) VALUES (?, ?) ON CONFLICT DO NOTHING",
            params![key, tag],
        )?;
        Ok(inserted > 0)
    }

    pub(super) fn tag(&mut self, customer: CustomerId, tag: &str) -> Result<()> {
        let key = self.customer_key(customer)?;
        if self.insert_tag(key, tag)? {
            self.count_change(key)?;
        }
        Ok(())
    }

    pub(super) fn untag(&mut self, customer: CustomerId, tag: &str) -> Result<()> {
        let key = self.customer_key(customer)?;
        let removed = self.execute(
            "DELETE FROM customer_tag WHERE customer = ? AND tag = ?",
            params![key, tag],
        )?;
        if removed > 0 {
            self.count_change(key)?;
        }
        Ok(())
    }

    pub(super) fn set_level(&mut self, customer: CustomerId, level: Level) -> Result<()> {
        let key = self.customer_key(customer)?;
        self.execute(
            "UPDATE customer SET level = ?2, version = version + 1 WHERE key = ?1 AND level <> ?2",
            params![key, word(&level)?],
        )?;
        Ok(())
    }

    fn count_change(&self, key: i64) -> Result<()> {
        self.execute(
            "UPDATE customer SET version = version + 1 WHERE key = ?",
            params![key],
        )?;
        Ok(())
    }

    pub(super) fn add_contact_point(
        &mut self,
        customer: CustomerId,
        point: &ContactPoint,
        hash: &[u8; 32],
    ) -> Result<()> {
        let key = self.customer_key(customer)?;
        let had = query::exists(
            self.sql,
            "SELECT 1 FROM contact_point WHERE hash = ? AND customer = ?",
            params![hash, key],
        )?;
        if had {
            // It is given again, so it works after all.
            let mended = self.execute(
                "UPDATE contact_point SET bounced_at = NULL WHERE hash = ? AND bounced_at IS NOT NULL",
                params![hash],
            )?;
            if mended > 0 {
                self.touch_holders(hash)?;
            }
        }
        self.execute(
            "INSERT INTO contact_point (customer, kind, value, label, hash, bounced_at)
             VALUES (?1, ?2, ?3, ?4, ?5,
                 (SELECT max(bounced_at) FROM contact_point WHERE hash = ?5))
             ON CONFLICT DO NOTHING",
            params![key, word(&point.kind)?, point.value, point.label, hash],
        )?;
        Ok(())
    }

    pub(super) fn remove_contact_point(
        &mut self,
        customer: CustomerId,
        point: &ContactPoint,
    ) -> Result<()> {
        let key = self.customer_key(customer)?;
        self.execute(
            "DELETE FROM contact_point
             WHERE customer = ? AND kind = ? AND value = ? AND coalesce(label, '') = coalesce(?, '')",
            params![key, word(&point.kind)?, point.value, point.label],
        )?;
        Ok(())
    }
}

/// Joins the names that a search looks at.
pub(super) fn names(display_name: Option<String>, given_name: Option<String>) -> Option<String> {
    match (display_name, given_name) {
        (Some(display), Some(given)) => Some(format!("{display} {given}")),
        (display, given) => display.or(given),
    }
}
