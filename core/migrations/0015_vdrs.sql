-- VDRs (P 9.10): another view of definitions and transformations. Here is what only this view has.
ALTER TABLE organizations ADD COLUMN vdr_version TEXT NOT NULL DEFAULT 'v1';

-- Each object that has a definition at any level. A row without definitions is not shown.
CREATE TABLE vdrs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id INTEGER NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT,
    UNIQUE (organization_id, name)
);
INSERT INTO vdrs (organization_id, name)
SELECT DISTINCT coalesce(definitions.organization_id, accounts.organization_id), definitions.name
FROM definitions
LEFT JOIN instances ON instances.id = definitions.instance_id
LEFT JOIN accounts ON accounts.id = coalesce(definitions.account_id, instances.account_id);

-- Ids of the fields of definitions.
CREATE TABLE definition_fields (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    definition_id INTEGER NOT NULL REFERENCES definitions (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    UNIQUE (definition_id, path)
);
INSERT INTO definition_fields (definition_id, path)
SELECT definitions.id, json_extract(value, '$.path') FROM definitions, json_each(definitions.fields);

CREATE TABLE snippets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id INTEGER NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    description TEXT,
    kind TEXT NOT NULL,
    created_us INTEGER NOT NULL
);
