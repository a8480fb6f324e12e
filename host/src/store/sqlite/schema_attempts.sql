-- Version 10. What came of handing messages over.

-- What is being sent is due again when its lease is over: one instant says when anybody may take a message up.
UPDATE outbox SET due_at = leased_until WHERE leased_until IS NOT NULL;
ALTER TABLE outbox DROP COLUMN leased_until;

-- When it was last handed over without word of whether it arrived. It counts then, too.
ALTER TABLE message ADD COLUMN unconfirmed_at INTEGER;
CREATE INDEX message_unconfirmed ON message (customer, unconfirmed_at) WHERE unconfirmed_at IS NOT NULL;

-- When it was first decided, from when on it waits; those of before wait since they were created.
ALTER TABLE message ADD COLUMN decided_at INTEGER;

-- Why it is not tried again, where the customer wanted less while it was being sent.
ALTER TABLE message ADD COLUMN cancel_why TEXT;
