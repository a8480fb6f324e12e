//! The SQL expressions that differ between databases, written for SQLite 3.41 or newer.
//!
//! Another database is a variant of [`Dialect`], and each function here returns its expression. A PostgreSQL driver
//! will need its own expressions here. Nothing has been tried on PostgreSQL yet.

/// The SQL dialect of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
}

impl Dialect {
    /// Returns a subquery of the texts in a JSON array, which is parameter `param`.
    pub(crate) const fn list(self, param: usize) -> &'static str {
        match (self, param) {
            (Dialect::Sqlite, 1) => "(SELECT value FROM json_each(?1))",
            (Dialect::Sqlite, 2) => "(SELECT value FROM json_each(?2))",
            (Dialect::Sqlite, 3) => "(SELECT value FROM json_each(?3))",
            _ => panic!("add the parameter"),
        }
    }

    /// Returns a table `wanted` of the elements of the JSON array in parameter 1.
    pub(crate) const fn wanted(self) -> &'static str {
        match self {
            Dialect::Sqlite => "json_each(?1) wanted",
        }
    }

    /// Returns the element of [`Dialect::wanted`] as a text.
    pub(crate) const fn wanted_text(self) -> &'static str {
        match self {
            Dialect::Sqlite => "wanted.value",
        }
    }

    /// Returns the bytes of a hexadecimal id. The element of [`Dialect::wanted`] is an array that holds the id at
    /// `index`.
    pub(crate) const fn wanted_id(self, index: usize) -> &'static str {
        match (self, index) {
            (Dialect::Sqlite, 0) => "unhex(wanted.value ->> 0)",
            (Dialect::Sqlite, 1) => "unhex(wanted.value ->> 1)",
            _ => panic!("add the index"),
        }
    }

    /// Returns a join that reads the left table first, for plans that the database does not find by itself.
    pub(crate) const fn join_in_order(self) -> &'static str {
        match self {
            Dialect::Sqlite => " CROSS JOIN ",
        }
    }

    /// Returns an index hint after a table's alias, for plans that the database does not find by itself.
    pub(crate) const fn by_index(self, hint: &'static str) -> &'static str {
        match self {
            Dialect::Sqlite => hint,
        }
    }

    /// Returns the tags of customer `c` as a JSON array.
    pub(crate) const fn tags(self) -> &'static str {
        match self {
            Dialect::Sqlite => {
                "(SELECT json_group_array(g.tag) FROM customer_tag g WHERE g.customer = c.key)"
            }
        }
    }

    /// Returns the event data for an erased customer: only the event's type, from the column `data`.
    pub(crate) const fn blank_event(self) -> &'static str {
        match self {
            Dialect::Sqlite => {
                "json_object('kind', 'other', 'type',
                     CASE data ->> 'kind'
                         WHEN 'other' THEN data ->> 'type'
                         WHEN 'message' THEN 'message.' || (data ->> 'news')
                         ELSE replace(data ->> 'kind', '-', '.')
                     END, 'data', NULL)"
            }
        }
    }

    /// Returns the decision for an erased customer's message: the column `decision` without verdicts and route.
    pub(crate) const fn blank_decision(self) -> &'static str {
        match self {
            Dialect::Sqlite => {
                "json_remove(json_set(decision, '$.verdicts', json('[]')), '$.route')"
            }
        }
    }

    /// Returns the component's digest `c.digest` in hexadecimal digits.
    pub(crate) const fn digest_hex(self) -> &'static str {
        match self {
            Dialect::Sqlite => "lower(hex(c.digest))",
        }
    }

    /// Returns a statement that removes a name (parameter 2) of a customer (parameter 1) from the index of names.
    /// Returns `None` if the database maintains the index.
    pub(crate) const fn unindex_name(self) -> Option<&'static str> {
        match self {
            // The index stores no text, so a name is removed by the same text that was added.
            Dialect::Sqlite => Some(
                "INSERT INTO customer_name (customer_name, rowid, names) VALUES ('delete', ?1, ?2)",
            ),
        }
    }

    /// Returns a statement that adds a name (parameter 2) of a customer (parameter 1) to the index of names. Returns
    /// `None` if the database maintains the index.
    pub(crate) const fn index_name(self) -> Option<&'static str> {
        match self {
            Dialect::Sqlite => Some("INSERT INTO customer_name (rowid, names) VALUES (?1, ?2)"),
        }
    }

    /// Returns three parts of a query that reads customers by name: the join of the names `n` with customer `c`, the
    /// condition for the next page, and the order.
    pub(crate) const fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Dialect::Sqlite => (
                "customer_name n CROSS JOIN customer c ON c.key = n.rowid",
                "n.rowid < ?",
                "n.rowid DESC",
            ),
        }
    }

    /// Returns a condition on the join of [`Dialect::names`]. Its parameter is [`Dialect::name_pattern`].
    pub(crate) const fn name_matches(self) -> &'static str {
        match self {
            Dialect::Sqlite => "customer_name MATCH ?",
        }
    }

    /// Returns the condition of [`Dialect::name_matches`] on customer `c` alone.
    pub(crate) const fn customer_matches(self) -> &'static str {
        match self {
            Dialect::Sqlite => {
                "EXISTS (SELECT 1 FROM customer_name n WHERE customer_name MATCH ? AND n.rowid = c.key)"
            }
        }
    }

    /// Returns a pattern that matches names if each of `words` begins a word of the name.
    pub(crate) fn name_pattern<'w>(self, words: impl Iterator<Item = &'w str>) -> String {
        let mut pattern = String::new();
        for word in words {
            match self {
                // https://sqlite.org/fts5.html#full_text_query_syntax
                Dialect::Sqlite => {
                    let word = word.replace('"', "\"\"");
                    pattern.push_str(&format!("\"{word}\"* "));
                }
            }
        }
        pattern
    }

    /// Returns a condition on customer `c`: the index of names has an entry.
    pub(crate) const fn name_indexed(self) -> &'static str {
        match self {
            Dialect::Sqlite => "EXISTS (SELECT 1 FROM customer_name_docsize d WHERE d.id = c.key)",
        }
    }

    /// Returns a subquery that counts the entries of the index of names without a customer.
    pub(crate) const fn names_without_customer(self) -> &'static str {
        match self {
            Dialect::Sqlite => {
                "(SELECT count(*) FROM customer_name_docsize d
                  WHERE NOT EXISTS (SELECT 1 FROM customer c WHERE c.key = d.id))"
            }
        }
    }
}
