-- Whether `connect` created the instance. Of those there is one per account, element and name.
ALTER TABLE instances ADD COLUMN connected INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX instances_connected ON instances (account_id, element_id, name) WHERE connected = 1;
