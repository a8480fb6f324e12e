-- Version 10. What came of handing messages over.

-- What is being sent is due again when its lease is over: one instant says when anybody may take a message up.
UPDATE outbox SET due_at = leased_until WHERE leased_until IS NOT NULL;
ALTER TABLE outbox DROP COLUMN leased_until;
