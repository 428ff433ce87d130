-- Names and shapes follow the platform specification; what is sealed says so.
CREATE TABLE vault (
    -- One row: which key opens this database.
    id INTEGER PRIMARY KEY CHECK (id = 1),
    key_source TEXT NOT NULL,
    -- A known text sealed with the master key, to tell a wrong key at once.
    key_check BLOB NOT NULL,
    -- The key that hashes secrets for look-up, sealed with the master key.
    lookup_key BLOB NOT NULL
);

CREATE TABLE organizations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    secret_hash BLOB NOT NULL UNIQUE,
    secret BLOB NOT NULL -- sealed
);

CREATE TABLE accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id INTEGER NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    is_default INTEGER NOT NULL,
    active INTEGER NOT NULL DEFAULT 1,
    created_s INTEGER NOT NULL
);

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    secret_hash BLOB NOT NULL UNIQUE,
    secret BLOB NOT NULL, -- sealed
    password TEXT, -- salted hash; NULL: cannot log in
    active INTEGER NOT NULL DEFAULT 1,
    created_s INTEGER NOT NULL
);

CREATE TABLE instances (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    element_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    tags TEXT NOT NULL, -- JSON array
    data_key BLOB NOT NULL, -- sealed with the master key; without it the rest is unreadable
    configuration BLOB NOT NULL, -- sealed with the data key
    token_hash BLOB NOT NULL UNIQUE,
    token BLOB NOT NULL, -- sealed with the data key
    valid INTEGER NOT NULL DEFAULT 1,
    disabled INTEGER NOT NULL DEFAULT 0,
    created_s INTEGER NOT NULL
);
CREATE INDEX instances_of_user ON instances (user_id, id);
-- Ids that look like the platform's, and that no deleted row gives back.
INSERT INTO sqlite_sequence (name, seq) VALUES ('instances', 400000);

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    instance_id INTEGER NOT NULL REFERENCES instances (id) ON DELETE CASCADE,
    object TEXT NOT NULL, -- as named in the query
    spec BLOB NOT NULL, -- sealed with the job key: the statement and the configuration taken at the start
    job_key BLOB NOT NULL, -- sealed with the instance's data key
    status TEXT NOT NULL,
    phase TEXT NOT NULL,
    error TEXT,
    created_ms INTEGER NOT NULL,
    started_ms INTEGER,
    updated_ms INTEGER NOT NULL,
    completed_ms INTEGER,
    expires_ms INTEGER,
    cancel INTEGER NOT NULL DEFAULT 0,
    -- The lease: who works on it, until when, and how often it changed hands.
    owner TEXT,
    lease_until_ms INTEGER NOT NULL DEFAULT 0,
    epoch INTEGER NOT NULL DEFAULT 0,
    enumerated INTEGER NOT NULL DEFAULT 0,
    watermark_s INTEGER,
    vendor_calls INTEGER NOT NULL DEFAULT 0,
    warnings TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX jobs_of_instance ON jobs (instance_id, id);
CREATE INDEX jobs_open ON jobs (status) WHERE completed_ms IS NULL;
INSERT INTO sqlite_sequence (name, seq) VALUES ('jobs', 42000000);

-- The vendor lists a job reads, in the order of its result.
CREATE TABLE parents (
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    -- Channel, then webcast or survey: the stated order of rows (BT 2.6).
    channel_id INTEGER NOT NULL,
    child_id INTEGER NOT NULL,
    state TEXT NOT NULL, -- pending, done, skipped
    scan INTEGER NOT NULL DEFAULT 0,
    cursor TEXT,
    restarted INTEGER NOT NULL DEFAULT 0,
    rows_read INTEGER NOT NULL DEFAULT 0,
    rows_written INTEGER NOT NULL DEFAULT 0,
    rows_ignored INTEGER NOT NULL DEFAULT 0,
    rows_failed INTEGER NOT NULL DEFAULT 0,
    duplicates INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    additional TEXT NOT NULL DEFAULT '[]', -- names of further members that occurred; JSON array
    PRIMARY KEY (job_id, channel_id, child_id)
) WITHOUT ROWID;

-- What was read and is safe on disk; bytes of a file beyond these lengths do not exist.
CREATE TABLE segments (
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    channel_id INTEGER NOT NULL,
    child_id INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    frames INTEGER NOT NULL,
    length INTEGER NOT NULL,
    PRIMARY KEY (job_id, channel_id, child_id, sequence)
) WITHOUT ROWID;

CREATE TABLE row_errors (
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel_id INTEGER NOT NULL,
    child_id INTEGER NOT NULL,
    detail BLOB NOT NULL -- sealed with the job key
);
CREATE INDEX row_errors_of_job ON row_errors (job_id, id);
