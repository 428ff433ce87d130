-- Changes that notice each other, calls that are traced, and ids of single configuration values.
ALTER TABLE instances ADD COLUMN version INTEGER NOT NULL DEFAULT 0; -- how often it was changed
ALTER TABLE instances ADD COLUMN trace_until_s INTEGER NOT NULL DEFAULT 0;

-- Given out when they are first asked for, and kept as long as the instance.
CREATE TABLE configuration_ids (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    instance_id INTEGER NOT NULL REFERENCES instances (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    UNIQUE (instance_id, key)
);
INSERT INTO sqlite_sequence (name, seq) VALUES ('configuration_ids', 7780000);

-- Traced calls, kept for 7 days.
CREATE TABLE traces (
    id TEXT PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    element_id INTEGER NOT NULL,
    created_s INTEGER NOT NULL,
    detail BLOB NOT NULL -- sealed; conditions of a query may name people
) WITHOUT ROWID;
CREATE INDEX traces_by_time ON traces (created_s);
