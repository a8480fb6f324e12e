//! The erasure of a customer: identity and content go; a pseudonym and counts stay.
//!
//! Rows whose numbers give an order, such as `event` and `interaction`, are blanked. Others are deleted.

use std::collections::BTreeMap;

use super::customer::names;
use super::{Apply, no_row};
use crate::Erasure;
use crate::rules::reasons;
use crate::sql::codec::Columns;
use crate::sql::{Result, SqlConnection, params, query, read, sql};
use regulars_model::*;

/// The field that a count is added to.
type Count = fn(&mut Removed) -> &mut u64;

/// The statement for each table, whose `?1` is the customer's key. Only references need the order.
const fn steps<C: SqlConnection>() -> [(Count, &'static str); 16] {
    [
        // Transcripts of plugins with memories of their own go, too: those memories may be about anyone.
        (
            |it| &mut it.transcripts,
            "DELETE FROM transcript WHERE run IN (SELECT r.seq FROM transcript t JOIN run r ON r.seq = t.run
                 WHERE r.customer = ?1 OR r.installation IN
                     (SELECT s.installation FROM memory_scope s WHERE s.customer = 0))",
        ),
        // A failed run keeps a `detail`, which is empty.
        (
            |it| &mut it.runs,
            "UPDATE run SET logs = '[]', proposals = '[]',
                 detail = CASE WHEN failure IS NOT NULL THEN '' END
             WHERE customer = ?1",
        ),
        (
            |it| &mut it.waiting,
            "DELETE FROM deferred_event WHERE customer = ?1",
        ),
        (
            |it| &mut it.waiting,
            "DELETE FROM pending WHERE event IN (SELECT seq FROM event WHERE customer = ?1)",
        ),
        // An event keeps its type. An event about an interaction has no data of its own.
        (
            |it| &mut it.events,
            sql![
                "UPDATE event SET data = ",
                C::DIALECT.blank_event(),
                " WHERE customer = ?1 AND data IS NOT NULL"
            ],
        ),
        (
            |it| &mut it.interactions,
            "UPDATE interaction SET channel = NULL, subject = NULL, body = NULL, data = '{}'
             WHERE customer = ?1",
        ),
        (|it| &mut it.cards, "DELETE FROM card WHERE customer = ?1"),
        (
            |it| &mut it.questions,
            "DELETE FROM question WHERE customer = ?1",
        ),
        (|it| &mut it.tasks, "DELETE FROM task WHERE customer = ?1"),
        (
            |it| &mut it.cancelled,
            "DELETE FROM outbox WHERE message IN (SELECT seq FROM message WHERE customer = ?1)",
        ),
        (
            |it| &mut it.memories,
            "DELETE FROM memory WHERE scope IN (SELECT key FROM memory_scope
                 WHERE installation IN (SELECT key FROM installation) AND customer = ?1)",
        ),
        (
            |it| &mut it.memories,
            "DELETE FROM plugin_version_memory WHERE customer = ?1",
        ),
        (
            |it| &mut it.timers,
            "DELETE FROM timer WHERE installation IN (SELECT key FROM installation) AND customer = ?1",
        ),
        (
            |it| &mut it.answers,
            "DELETE FROM idempotency_record WHERE customer = ?1",
        ),
        (
            |it| &mut it.consents,
            "UPDATE consent SET source = '', note = NULL WHERE customer = ?1",
        ),
        (
            |it| &mut it.contact_points,
            "DELETE FROM contact_point WHERE customer = ?1",
        ),
    ]
}

/// Statements without a count.
const MORE: &[&str] = &[
    "DELETE FROM customer_tag WHERE customer = ?1",
    "DELETE FROM preference WHERE customer = ?1",
    "UPDATE memory_scope SET version = version + 1
         WHERE installation IN (SELECT key FROM installation) AND customer = ?1",
    // A zone without another customer would tell where the erased one lived.
    "DELETE FROM schedule WHERE time_zone = (SELECT time_zone FROM customer WHERE key = ?1)
         AND NOT EXISTS (SELECT 1 FROM customer c WHERE c.time_zone = schedule.time_zone AND c.key <> ?1)",
];

impl<C: SqlConnection> Apply<'_, C> {
    pub(super) fn erase(&mut self, erasure: &Erasure) -> Result<()> {
        let mut erased = Erased {
            customer: erasure.customer,
            at: erasure.at,
            repeated: true,
            removed: Removed::default(),
            suppressed: 0,
            shared: 0,
            plugin_memory: Vec::new(),
            journal_cleared: false,
        };
        if let Some(at) = read::customer::erased_at(self.sql, erasure.customer)? {
            erased.at = at;
        } else {
            let key = self.customer_key(erasure.customer)?;
            erased.repeated = false;
            self.erase_all(key, erasure, &mut erased)?;
            self.cache.forget_customer(erasure.customer);
        }
        self.committed.erased = Some(Box::new(erased));
        Ok(())
    }

    fn erase_all(&mut self, key: i64, erasure: &Erasure, erased: &mut Erased) -> Result<()> {
        let found = query::one(
            self.sql,
            "SELECT key, display_name, given_name FROM customer WHERE key = ?",
            params![key],
            |columns| Ok((columns.get()?, columns.get()?)),
        )?;
        let (display_name, given_name): (Option<String>, Option<String>) =
            found.ok_or_else(|| no_row("customer"))?;
        let points = query::all(
            self.sql,
            "SELECT 0, kind, value, hash FROM contact_point WHERE customer = ? ORDER BY seq",
            params![key],
            |columns| {
                let kind: ContactKind = columns.word()?;
                Ok((kind, columns.get::<String>()?, columns.get::<[u8; 32]>()?))
            },
        )?;
        let mut texts = vec![
            erasure.customer.to_string(),
            erasure.customer.0.simple().to_string(),
        ];
        texts.extend(points.iter().map(|(_, value, _)| value.clone()));
        texts.extend(display_name.iter().chain(&given_name).cloned());
        erased.plugin_memory = self.traces(&texts)?;
        let places = points.iter().map(|(kind, _, hash)| (*hash, *kind));
        self.suppress_points(key, &places.collect(), erasure, erased)?;

        for (count, statement) in steps::<C>() {
            *count(&mut erased.removed) += self.execute(statement, params![key])?;
        }
        erased.removed.messages = self.blank_messages(key)?;
        for statement in MORE {
            self.execute(statement, params![key])?;
        }
        erased.removed.complaints = self.execute(
            "UPDATE complaint SET closed_at = coalesce(closed_at, ?2), closed_by = NULL, note = NULL
             WHERE customer = ?1",
            params![key, erasure.at.as_millisecond()],
        )?;
        self.index_names(key, names(display_name, given_name), None)?;
        self.execute(
            "UPDATE customer SET version = version + 1, display_name = NULL, given_name = NULL,
                 language = NULL, birth_year = NULL, birth_month = NULL, birth_day = NULL,
                 time_zone = NULL, level = 'low', topics = '[]', since = ?2, erased_at = ?2
             WHERE key = ?1",
            params![key, erasure.at.as_millisecond()],
        )?;
        self.sql.erased(key)?;
        self.touch_customer(key)
    }

    /// Blanks the messages. The hash of the contact point goes, too: it would tie the pseudonym to its suppression.
    fn blank_messages(&self, key: i64) -> Result<u64> {
        self.execute(
            sql![
                "UPDATE message SET subject = '', body = '', channels = '[]', value = '',
                     because = '{\"reason\":\"\",\"evidence\":[]}', dedupe_key = '', topic = NULL,
                     point = NULL, fingerprint = NULL, cause_at = NULL, counts_at = NULL,
                     unconfirmed_at = NULL, cancel_why = NULL,
                     detail = CASE WHEN state IN ('queued', 'sending') THEN ?2 END,
                     state = CASE WHEN state IN ('queued', 'sending') THEN 'cancelled' ELSE state END,
                     decision = ",
                C::DIALECT.blank_decision(),
                " WHERE customer = ?1"
            ],
            params![key, reasons::ERASED],
        )
    }

    /// Suppresses the contact points that no other customer has.
    fn suppress_points(
        &mut self,
        key: i64,
        places: &BTreeMap<[u8; 32], ContactKind>,
        erasure: &Erasure,
        erased: &mut Erased,
    ) -> Result<()> {
        for (hash, kind) in places {
            let others = query::exists(
                self.sql,
                "SELECT 1 FROM contact_point WHERE hash = ? AND customer <> ?",
                params![hash, key],
            )?;
            if others {
                erased.shared += 1;
                continue;
            }
            erased.suppressed += 1;
            self.suppress(&Suppression {
                kind: *kind,
                hash: *hash,
                reason: SuppressionReason::Erased,
                at: erasure.at,
                source: erasure.source.clone(),
            })?;
            // An older suppression stays, but its source may hold personal data.
            self.execute(
                "UPDATE suppression SET source = ?2 WHERE hash = ?1",
                params![hash, erasure.source],
            )?;
        }
        Ok(())
    }

    /// Returns the keys of plugins' own memories that contain one of these texts.
    fn traces(&self, texts: &[String]) -> Result<Vec<PluginTrace>> {
        // Shorter texts would match everything.
        let texts: Vec<String> = texts
            .iter()
            .filter(|text| text.chars().count() >= 3)
            .flat_map(|text| {
                let quoted = Json::from(text.as_str()).to_string();
                [text.to_lowercase(), quoted.trim_matches('"').to_lowercase()]
            })
            .collect();
        let mut found = Vec::new();
        self.sql.query(
            "SELECT p.id, m.key, m.value FROM memory_scope s JOIN memory m ON m.scope = s.key
             JOIN installation p ON p.key = s.installation WHERE s.customer = 0
             UNION SELECT p.id, m.key, m.value FROM plugin_version_memory m
             JOIN plugin_version v ON v.seq = m.version
             JOIN installation p ON p.key = v.installation WHERE m.customer = 0 ORDER BY 1, 2",
            params![],
            |row| {
                let mut columns = Columns::<C>::new(row);
                let plugin: String = columns.get()?;
                let (key, value): (String, String) = (columns.get()?, columns.get()?);
                let holds = |text: &String| {
                    key.to_lowercase().contains(text) || value.to_lowercase().contains(text)
                };
                if texts.iter().any(holds)
                    && let Ok(plugin) = plugin.try_into()
                {
                    let trace = PluginTrace { plugin, key };
                    if found.last() != Some(&trace) {
                        found.push(trace);
                    }
                }
                Ok(())
            },
        )?;
        Ok(found)
    }
}
