-- Version 2. How long an event waits for a plugin, and what was tried before it was redriven.

-- Since when it waits, or is dead.
ALTER TABLE parked ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
-- How many of the attempts were before it was last redriven.
ALTER TABLE parked ADD COLUMN spent INTEGER NOT NULL DEFAULT 0;
UPDATE parked SET since = (SELECT time FROM event WHERE seq = parked.event);

DROP INDEX parked_due;
CREATE INDEX parked_due ON parked (installation, due_at, event) WHERE due_at IS NOT NULL;
CREATE INDEX parked_since ON parked (installation, since, event) WHERE dead = 0;
CREATE INDEX parked_dead ON parked (event, installation) WHERE dead = 1;
CREATE INDEX parked_dead_of ON parked (installation, event) WHERE dead = 1;
