-- Elements that are documents (E 1). They belong to an organization. Their ids follow those of elements in the program.
CREATE TABLE elements (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id INTEGER NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    revision INTEGER NOT NULL, -- the newest one
    active INTEGER NOT NULL,
    accounts TEXT NOT NULL, -- JSON array of the accounts that may use it; empty for all
    data_key BLOB NOT NULL, -- sealed with the master key; without it the documents are unreadable
    UNIQUE (organization_id, key)
);
INSERT INTO sqlite_sequence (name, seq) VALUES ('elements', 1000000);

-- Each change makes another one. Earlier ones are kept as long as bulk jobs may read with them.
CREATE TABLE element_revisions (
    element_id INTEGER NOT NULL REFERENCES elements (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    document BLOB NOT NULL, -- sealed with the data key: defaults may be secrets of the author
    superseded_ms INTEGER, -- NULL for the newest one
    PRIMARY KEY (element_id, revision)
);

-- The last id that was given to a part of an element: a resource, a parameter, a hook and so on.
CREATE TABLE element_part_ids (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    last INTEGER NOT NULL
);
INSERT INTO element_part_ids VALUES (1, 5000000);
