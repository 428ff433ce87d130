-- The secret that was replaced last, if it is still accepted for a time.
ALTER TABLE organizations ADD COLUMN former_hash BLOB;
ALTER TABLE organizations ADD COLUMN former_until_s INTEGER;
ALTER TABLE users ADD COLUMN former_hash BLOB;
ALTER TABLE users ADD COLUMN former_until_s INTEGER;
CREATE INDEX organizations_former ON organizations (former_hash) WHERE former_hash IS NOT NULL;
CREATE INDEX users_former ON users (former_hash) WHERE former_hash IS NOT NULL;
