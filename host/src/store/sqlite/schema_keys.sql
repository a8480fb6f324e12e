-- What keys open, until when, and when they were last used. Those made before open everything.

ALTER TABLE api_key ADD COLUMN scopes TEXT NOT NULL DEFAULT '[]';
ALTER TABLE api_key ADD COLUMN expires_at INTEGER;
ALTER TABLE api_key ADD COLUMN last_used_at INTEGER;
UPDATE api_key SET scopes = '["admin"]';
