//! The few words that databases spell differently. Everything else is SQL that SQLite (3.39) and PostgreSQL (16)
//! read alike. Another database is a variant here, and every function names its spelling.

/// The SQL that a database speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
}

impl Dialect {
    /// A subquery of the texts in a JSON array, which is parameter `param`.
    pub(crate) const fn list(self, param: usize) -> &'static str {
        match (self, param) {
            (Dialect::Sqlite, 1) => "(SELECT value FROM json_each(?1))",
            (Dialect::Sqlite, 2) => "(SELECT value FROM json_each(?2))",
            (Dialect::Sqlite, 3) => "(SELECT value FROM json_each(?3))",
            _ => panic!("add the parameter"),
        }
    }

    /// A table `wanted`: the elements of the JSON array in parameter 1.
    pub(crate) const fn wanted(self) -> &'static str {
        match self {
            Dialect::Sqlite => "json_each(?1) wanted",
        }
    }

    /// The element of [`Dialect::wanted`], a text.
    pub(crate) const fn wanted_text(self) -> &'static str {
        match self {
            Dialect::Sqlite => "wanted.value",
        }
    }

    /// The id in hexadecimal digits at `index` of the array that is the element of [`Dialect::wanted`], as bytes.
    pub(crate) const fn wanted_id(self, index: usize) -> &'static str {
        match (self, index) {
            (Dialect::Sqlite, 0) => "unhex(wanted.value ->> 0)",
            (Dialect::Sqlite, 1) => "unhex(wanted.value ->> 1)",
            _ => panic!("add the index"),
        }
    }

    /// A join that reads the left table first. Only for a plan that the database would not find.
    pub(crate) const fn join_in_order(self) -> &'static str {
        match self {
            Dialect::Sqlite => " CROSS JOIN ",
        }
    }

    /// An index to read a table by, as words after the table's alias. Only for a plan that the database would not find.
    pub(crate) const fn by_index(self, hint: &'static str) -> &'static str {
        match self {
            Dialect::Sqlite => hint,
        }
    }

    /// The tags of customer `c` as a JSON array.
    pub(crate) const fn tags(self) -> &'static str {
        match self {
            Dialect::Sqlite => {
                "(SELECT json_group_array(g.tag) FROM customer_tag g WHERE g.customer = c.key)"
            }
        }
    }

    /// The event data of an erased customer, made of the column `data`: the event's type alone.
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

    /// The decision of an erased customer's message, made of the column `decision`: no verdicts and no route.
    pub(crate) const fn blank_decision(self) -> &'static str {
        match self {
            Dialect::Sqlite => {
                "json_remove(json_set(decision, '$.verdicts', json('[]')), '$.route')"
            }
        }
    }

    /// The component's digest `c.digest` in hexadecimal digits.
    pub(crate) const fn digest_hex(self) -> &'static str {
        match self {
            Dialect::Sqlite => "lower(hex(c.digest))",
        }
    }

    /// Removes the name in parameter 2 of the customer in parameter 1 from the index of names. `None` if the database
    /// keeps the index by itself.
    pub(crate) const fn unindex_name(self) -> Option<&'static str> {
        match self {
            // The index keeps no names of its own: a name leaves it by the text that it came in with.
            Dialect::Sqlite => Some(
                "INSERT INTO customer_name (customer_name, rowid, names) VALUES ('delete', ?1, ?2)",
            ),
        }
    }

    /// Adds the name in parameter 2 of the customer in parameter 1 to the index of names. `None` as for
    /// [`Dialect::unindex_name`].
    pub(crate) const fn index_name(self) -> Option<&'static str> {
        match self {
            Dialect::Sqlite => Some("INSERT INTO customer_name (rowid, names) VALUES (?1, ?2)"),
        }
    }

    /// A join of customer `c` with the table `n` of names that match [`Dialect::name_matches`], read by the names, and
    /// the customer's key in it.
    pub(crate) const fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Dialect::Sqlite => (
                "customer_name n CROSS JOIN customer c ON c.key = n.rowid",
                "n.rowid < ?",
                "n.rowid DESC",
            ),
        }
    }

    /// A condition on the table of [`Dialect::names`]; its parameter is [`Dialect::name_pattern`].
    pub(crate) const fn name_matches(self) -> &'static str {
        match self {
            Dialect::Sqlite => "customer_name MATCH ?",
        }
    }

    /// The same condition on customer `c` alone.
    pub(crate) const fn customer_matches(self) -> &'static str {
        match self {
            Dialect::Sqlite => {
                "EXISTS (SELECT 1 FROM customer_name n WHERE customer_name MATCH ? AND n.rowid = c.key)"
            }
        }
    }

    /// A pattern for names in which each of the words begins some word.
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

    /// A condition on customer `c`: the index of names has an entry.
    pub(crate) const fn name_indexed(self) -> &'static str {
        match self {
            Dialect::Sqlite => "EXISTS (SELECT 1 FROM customer_name_docsize d WHERE d.id = c.key)",
        }
    }

    /// A subquery that counts the entries of the index of names without a customer.
    pub(crate) const fn names_without_customer(self) -> &'static str {
        match self {
            Dialect::Sqlite => {
                "(SELECT count(*) FROM customer_name_docsize d
                  WHERE NOT EXISTS (SELECT 1 FROM customer c WHERE c.key = d.id))"
            }
        }
    }
}
