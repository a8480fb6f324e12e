-- Version 8. Customers whose data was erased.

ALTER TABLE customer ADD COLUMN erased_at INTEGER;

-- Erasures after which the journal was not cleared yet: it may still hold what they removed.
CREATE TABLE unscrubbed (customer INTEGER PRIMARY KEY REFERENCES customer (key)) STRICT;

-- Names leave the index of names when they are removed from it, which takes the names: an index that is told only
-- which row goes keeps the words until it happens to be merged.
DROP TABLE customer_name;
CREATE VIRTUAL TABLE customer_name USING fts5 (
    names, content = '', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
INSERT INTO customer_name (customer_name, rank) VALUES ('secure-delete', 1);
INSERT INTO customer_name (rowid, names)
    SELECT key, trim(ifnull(display_name, '') || ' ' || ifnull(given_name, '')) FROM customer
    WHERE ifnull(display_name, given_name) IS NOT NULL;

-- All of a customer's, not only those on the desk.
CREATE INDEX card_customer ON card (customer);
