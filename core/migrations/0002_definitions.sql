-- Object definitions and transformations (P 9). Exactly one of the three owners is set; it is the level.
CREATE TABLE definitions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id INTEGER REFERENCES organizations (id) ON DELETE CASCADE,
    account_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
    instance_id INTEGER REFERENCES instances (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    fields TEXT NOT NULL, -- JSON array
    created_us INTEGER NOT NULL,
    UNIQUE (organization_id, name),
    UNIQUE (account_id, name),
    UNIQUE (instance_id, name),
    CHECK ((organization_id IS NOT NULL) + (account_id IS NOT NULL) + (instance_id IS NOT NULL) = 1)
);

CREATE TABLE transformations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id INTEGER REFERENCES organizations (id) ON DELETE CASCADE,
    account_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
    instance_id INTEGER REFERENCES instances (id) ON DELETE CASCADE,
    element_id INTEGER NOT NULL,
    name TEXT NOT NULL, -- of the definition, which may be of a higher level
    body TEXT NOT NULL, -- JSON object
    created_us INTEGER NOT NULL,
    UNIQUE (organization_id, element_id, name),
    UNIQUE (account_id, element_id, name),
    UNIQUE (instance_id, element_id, name),
    CHECK ((organization_id IS NOT NULL) + (account_id IS NOT NULL) + (instance_id IS NOT NULL) = 1)
);

-- Roles of users (P 11.3); whoever a database was made with administers it.
CREATE TABLE user_roles (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    PRIMARY KEY (user_id, role)
) WITHOUT ROWID;
INSERT INTO user_roles (user_id, role) SELECT id, 'org-admin' FROM users;
