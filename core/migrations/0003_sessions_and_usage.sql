-- Logins with a password, and the records of a user's own calls.
ALTER TABLE users ADD COLUMN last_login_s INTEGER;
CREATE INDEX users_by_email ON users (lower(email));

CREATE TABLE sessions (
    token_hash BLOB PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_s INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_by_expiry ON sessions (expires_s);
CREATE INDEX sessions_of_user ON sessions (user_id);

-- Kept for 7 days. Paths stand here without their query.
CREATE TABLE usage (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id TEXT NOT NULL UNIQUE,
    at_ms INTEGER NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    route TEXT NOT NULL, -- the template
    address TEXT,
    status INTEGER NOT NULL,
    elapsed_ms INTEGER NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- Not a reference: a record outlives the instance.
    instance_id INTEGER,
    element_id INTEGER
);
CREATE INDEX usage_of_account ON usage (account_id, id);
CREATE INDEX usage_by_time ON usage (at_ms);
