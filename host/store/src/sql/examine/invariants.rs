//! The invariants between rows, which hold after every commit.

use super::{RESTORE, Rule};
use crate::sql::{SqlConnection, sql};

const REPORT: &str = "this should not be possible: keep a copy of the file and report it";

const fn rule(
    name: &'static str,
    breaches: &'static str,
    holds: &'static str,
    broken: &'static str,
    advice: &'static str,
) -> Rule {
    Rule {
        name,
        breaches,
        holds,
        broken,
        advice,
    }
}

pub(super) fn rules<C: SqlConnection>() -> Vec<Rule> {
    vec![
        rule(
            "order of the log",
            "SELECT count(*) FROM event WHERE interaction > as_of",
            "Every event sees the interaction that it is about.",
            "{} events are older than the interaction that they are about.",
            REPORT
        ),
        rule(
            "events by customer",
            "SELECT count(*) FROM event e JOIN interaction i ON i.seq = e.interaction
             WHERE i.customer <> e.customer",
            "Every event is about the customer of its interaction.",
            "{} events are about another customer than their interaction.",
            REPORT
        ),
        rule(
            "events once",
            "SELECT count(*) FROM (SELECT 1 FROM event WHERE interaction IS NOT NULL
             GROUP BY interaction HAVING count(*) > 1)",
            "No interaction has two events.",
            "{} interactions have more than one event.",
            REPORT
        ),
        rule(
            "effects once",
            "SELECT count(*) FROM (SELECT 1 FROM run WHERE event IS NOT NULL AND failure IS NULL
             GROUP BY event, installation HAVING count(*) > 1)",
            "No plugin completed an event twice.",
            "{} events were completed more than once by the same plugin.",
            REPORT
        ),
        rule(
            "runs",
            "SELECT count(*) FROM run r WHERE event IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM event e WHERE e.id = r.event)",
            "The event of every run is in the log.",
            "{} runs name an event that is not in the log.",
            RESTORE
        ),
        rule(
            "waiting events",
            "SELECT count(*) FROM pending w WHERE EXISTS (
                 SELECT 1 FROM event e JOIN run r ON r.event = e.id WHERE e.seq = w.event)",
            "No handled event waits.",
            "{} handled events wait: they would be handled again.",
            REPORT
        ),
        rule(
            "deferred events",
            "SELECT count(*) FROM deferred_event b WHERE b.dead = 0 AND b.due_at IS NULL AND NOT EXISTS (
                 SELECT 1 FROM deferred_event a WHERE a.customer = b.customer
                 AND a.installation = b.installation AND a.dead = 0 AND a.due_at IS NOT NULL)",
            "Every failed event is retried, or waits behind one that is.",
            "{} events wait for a plugin without a time and without an event before them.",
            REPORT
        ),
        rule(
            "memory",
            "SELECT count(*) FROM memory_scope s WHERE s.customer <> 0
             AND NOT EXISTS (SELECT 1 FROM customer c WHERE c.key = s.customer)",
            "Every memory is about a stored customer.",
            "{} memories are about customers who are not stored.",
            REPORT
        ),
        rule(
            "cards",
            "SELECT count(*) FROM (SELECT 1 FROM card WHERE state = 'open'
             GROUP BY customer, installation HAVING count(*) > 1)",
            "No plugin has two open cards about one customer.",
            "Plugins have more than one open card about {} customers.",
            REPORT
        ),
        rule(
            "tasks",
            "SELECT count(*) FROM (SELECT 1 FROM task WHERE state = 'open' AND group_key IS NOT NULL
             GROUP BY customer, installation, group_key HAVING count(*) > 1)",
            "No open task exists twice.",
            "{} open tasks exist more than once.",
            REPORT
        ),
        rule(
            "last seen",
            "SELECT count(*) FROM customer c LEFT JOIN (
                 SELECT customer, max(at) AS at FROM interaction WHERE direction = 'inbound'
                 GROUP BY customer) i ON i.customer = c.key
             WHERE c.last_inbound_at IS DISTINCT FROM i.at",
            "The last contact of every customer matches the history.",
            "The last contact of {} customers does not match the history: schedules for inactive customers \
             reach the wrong ones.",
            REPORT
        ),
        rule(
            "search by name",
            sql![
                "SELECT (SELECT count(*) FROM customer c
                     WHERE coalesce(c.display_name, c.given_name) IS NOT NULL AND NOT ",
                C::DIALECT.name_indexed(),
                ") + ",
                C::DIALECT.names_without_customer()
            ],
            "Every customer with a name can be found by it.",
            "{} customers cannot be found by their name, or are found without being stored.",
            REPORT
        ),
        rule(
            "outbox",
            "SELECT (SELECT count(*) FROM message m WHERE m.state IN ('queued', 'sending')
                     AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.message = m.seq))
                  + (SELECT count(*) FROM outbox o JOIN message m ON m.seq = o.message
                     WHERE m.state NOT IN ('queued', 'sending'))",
            "The outbox holds every waiting message, and no other.",
            "{} messages wait outside the outbox, or are in it after their end.",
            REPORT
        ),
        rule(
            "complaints",
            "SELECT count(*) FROM complaint k JOIN interaction i ON i.seq = k.interaction
             WHERE i.customer <> k.customer OR i.kind <> 'complaint' OR i.direction <> 'inbound'",
            "Every complaint was made by its customer.",
            "{} complaints are about another customer's interaction, or about none that complains.",
            REPORT
        ),
        rule(
            "erased customers",
            sql![
                "SELECT count(*) FROM customer c WHERE c.erased_at IS NOT NULL AND (
                 coalesce(c.display_name, c.given_name, c.language, c.time_zone) IS NOT NULL
                 OR coalesce(c.birth_year, c.birth_month, c.birth_day) IS NOT NULL OR c.topics <> '[]'
                 OR EXISTS (SELECT 1 FROM contact_point x WHERE x.customer = c.key)
                 OR EXISTS (SELECT 1 FROM customer_tag x WHERE x.customer = c.key)
                 OR EXISTS (SELECT 1 FROM preference x WHERE x.customer = c.key)
                 OR ",
                C::DIALECT.name_indexed(),
                "
                 OR EXISTS (SELECT 1 FROM interaction x WHERE x.customer = c.key AND
                     (coalesce(x.channel, x.subject, x.body) IS NOT NULL OR x.data <> '{}'))
                 OR EXISTS (SELECT 1 FROM event x LEFT JOIN pending w ON w.event = x.seq
                     WHERE x.customer = c.key AND
                     (w.event IS NOT NULL OR x.data ->> 'data' IS NOT NULL OR x.data ->> 'kind' <> 'other'))
                 OR EXISTS (SELECT 1 FROM deferred_event x WHERE x.customer = c.key)
                 OR EXISTS (SELECT 1 FROM card x WHERE x.customer = c.key)
                 OR EXISTS (SELECT 1 FROM question x WHERE x.customer = c.key)
                 OR EXISTS (SELECT 1 FROM task x WHERE x.customer = c.key)
                 OR EXISTS (SELECT 1 FROM message x WHERE x.customer = c.key AND
                     (x.subject <> '' OR x.body <> '' OR x.value <> '' OR x.dedupe_key <> ''
                      OR x.topic IS NOT NULL OR coalesce(x.point, x.fingerprint) IS NOT NULL
                      OR x.state IN ('queued', 'sending')))
                 OR EXISTS (SELECT 1 FROM run x LEFT JOIN transcript t ON t.run = x.seq
                     WHERE x.customer = c.key AND (t.run IS NOT NULL OR x.logs <> '[]'
                     OR x.proposals <> '[]' OR x.detail <> ''))
                 OR EXISTS (SELECT 1 FROM memory x JOIN memory_scope s ON s.key = x.scope
                     WHERE s.installation IN (SELECT key FROM installation) AND s.customer = c.key)
                 OR EXISTS (SELECT 1 FROM plugin_version_memory x WHERE x.customer = c.key)
                 OR EXISTS (SELECT 1 FROM timer x
                     WHERE x.installation IN (SELECT key FROM installation) AND x.customer = c.key)
                 OR EXISTS (SELECT 1 FROM idempotency_record x WHERE x.customer = c.key)
                 OR EXISTS (SELECT 1 FROM consent x WHERE x.customer = c.key AND
                     (x.source <> '' OR x.note IS NOT NULL))
                 OR EXISTS (SELECT 1 FROM complaint x WHERE x.customer = c.key AND
                     (x.closed_at IS NULL OR coalesce(x.closed_by, x.note) IS NOT NULL)))"
            ],
            "No data of erased customers is left.",
            "Data of {} erased customers is left.",
            REPORT
        ),
        rule(
            "versions of plugins",
            "SELECT (SELECT count(*) FROM (
                     SELECT 1 FROM plugin_version v JOIN installation p ON p.key = v.installation
                     GROUP BY p.key HAVING count(*) > 3 OR p.record IS NULL))
               + (SELECT count(*) FROM plugin_version_memory m WHERE m.customer <> 0
                 AND NOT EXISTS (SELECT 1 FROM customer c WHERE c.key = m.customer))",
            "At most three versions of each plugin are kept, and none of an uninstalled one.",
            "{} times too many versions of a plugin, or memories of unknown customers, are kept.",
            REPORT
        ),
        rule(
            "components of versions",
            sql![
                "SELECT count(*) FROM (SELECT record FROM installation WHERE record IS NOT NULL
                 UNION ALL SELECT record FROM plugin_version) v
             WHERE NOT EXISTS (SELECT 1 FROM component c
                 WHERE 'sha256:' || ",
                C::DIALECT.digest_hex(),
                " = v.record ->> 'digest')"
            ],
            "The component of every kept version is stored.",
            "The components of {} versions are missing: they can be neither run nor returned to.",
            RESTORE
        ),
        rule(
            "uninstalled plugins",
            "SELECT (SELECT count(*) FROM schedule x JOIN installation p ON p.key = x.installation
                     WHERE p.record IS NULL AND p.version > 0)
                  + (SELECT count(*) FROM plugin_secret x JOIN installation p ON p.key = x.installation
                     WHERE p.record IS NULL)",
            "Uninstalled plugins have no schedules and secrets.",
            "{} schedules or secrets of uninstalled plugins are left.",
            REPORT
        ),
    ]
}
