-- Formulas (P 12.3), which are stored and not run.
CREATE TABLE formulas (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    user_id INTEGER REFERENCES users (id) ON DELETE SET NULL, -- who created it
    last_part INTEGER NOT NULL, -- the last id that was given to a step, a trigger or a variable of it
    document BLOB NOT NULL, -- sealed with the master key: steps may have secrets of the author
    created_s INTEGER NOT NULL
);
CREATE INDEX formulas_by_account ON formulas (account_id);
