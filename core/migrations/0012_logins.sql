-- Values that logins and scripts acquire are kept apart from configured ones, so that a refresh does not conflict with a
-- change of the instance.
ALTER TABLE instances ADD COLUMN acquired BLOB; -- sealed; NULL if there are none
ALTER TABLE instances ADD COLUMN acquired_version INTEGER NOT NULL DEFAULT 0; -- how often they were changed
ALTER TABLE instances ADD COLUMN login_generation INTEGER NOT NULL DEFAULT 0; -- how many logins stored some
-- The login that is running: at most one per instance in all processes.
ALTER TABLE instances ADD COLUMN login_owner TEXT;
ALTER TABLE instances ADD COLUMN login_until_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE instances ADD COLUMN login_refusals INTEGER NOT NULL DEFAULT 0; -- in a row

-- PKCE verifiers of users who were sent to the vendor, until they return.
CREATE TABLE pending_logins (
    organization_id INTEGER NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    element_id INTEGER NOT NULL,
    state_hash BLOB NOT NULL,
    verifier BLOB NOT NULL, -- sealed
    expires_s INTEGER NOT NULL,
    PRIMARY KEY (organization_id, element_id, state_hash)
) WITHOUT ROWID;
