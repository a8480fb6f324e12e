-- Version 9. Contact points are known by their keyed hash, as suppressions are: however one is written, it is the same.

-- None until the host that has the key opened the file.
ALTER TABLE contact_point ADD COLUMN hash BLOB;
CREATE INDEX contact_point_hash ON contact_point (hash);
