-- Partitions have keys of text and an order of their own, so that the store knows no vendor.
CREATE TABLE partitions (
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    -- The ids of the rows above the list, joined by slashes; empty for the only list of an object.
    key TEXT NOT NULL,
    -- Place of its rows in the result; NULL until it is listed. There is room between two of them, for lists that are
    -- found later below a row between them.
    ordinal INTEGER,
    state TEXT NOT NULL, -- expected, pending, done, skipped, absent, unlisted, relisting
    scan INTEGER NOT NULL DEFAULT 0,
    cursor TEXT,
    restarted INTEGER NOT NULL DEFAULT 0,
    -- Where it is read from: NULL: as the statement says; empty: from its beginning.
    since TEXT,
    rows_read INTEGER NOT NULL DEFAULT 0,
    rows_written INTEGER NOT NULL DEFAULT 0,
    rows_ignored INTEGER NOT NULL DEFAULT 0,
    rows_failed INTEGER NOT NULL DEFAULT 0,
    duplicates INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    additional TEXT NOT NULL DEFAULT '[]', -- names of further members that occurred; JSON array
    -- The oldest change among failed rows; SQLite's smallest number: of unknown time.
    failed_from_s INTEGER,
    -- Why it was not read, and what the vendor said.
    problem TEXT,
    message TEXT,
    PRIMARY KEY (job_id, key)
) WITHOUT ROWID;
CREATE UNIQUE INDEX partitions_in_order ON partitions (job_id, ordinal);

-- All lists in the order of their rows so far: by channel, then by what is below it. Some have segments only: the
-- sorted result (-1), and lists of an earlier job whose records are not delivered again.
CREATE TABLE old_lists (
    job_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    child_id INTEGER NOT NULL,
    PRIMARY KEY (job_id, channel_id, child_id)
) WITHOUT ROWID;
INSERT INTO old_lists SELECT job_id, channel_id, child_id FROM parents WHERE state <> 'expected';
INSERT OR IGNORE INTO old_lists SELECT job_id, channel_id, child_id FROM segments;
INSERT OR IGNORE INTO old_lists SELECT job_id, channel_id, child_id FROM row_errors;
CREATE TABLE old_ordinals (
    job_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    child_id INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    PRIMARY KEY (job_id, channel_id, child_id)
) WITHOUT ROWID;
INSERT INTO old_ordinals
SELECT job_id, channel_id, child_id, CASE
    WHEN channel_id < 0 THEN channel_id
    ELSE row_number() OVER (PARTITION BY job_id ORDER BY channel_id, child_id) << 32
END FROM old_lists;
DROP TABLE old_lists;

INSERT INTO partitions
SELECT job_id,
    CASE WHEN child_id <> 0 THEN channel_id || '/' || child_id WHEN channel_id <> 0 THEN channel_id || '' ELSE '' END,
    (SELECT ordinal FROM old_ordinals AS old WHERE old.job_id = parents.job_id AND old.channel_id = parents.channel_id
        AND old.child_id = parents.child_id AND parents.state <> 'expected'),
    state, scan, cursor, restarted, since, rows_read, rows_written, rows_ignored, rows_failed, duplicates, bytes,
    additional, failed_from_s, problem, message
FROM parents;
DROP TABLE parents;

ALTER TABLE segments RENAME TO old_segments;
CREATE TABLE segments (
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL, -- of its partition
    sequence INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    frames INTEGER NOT NULL,
    length INTEGER NOT NULL,
    -- Name of the list in a file of an earlier release and in its seals; NULL: made from the ordinal.
    name TEXT,
    PRIMARY KEY (job_id, ordinal, sequence)
) WITHOUT ROWID;
INSERT INTO segments
SELECT job_id, ordinal, sequence, epoch, frames, length, channel_id || '/' || child_id
FROM old_segments JOIN old_ordinals USING (job_id, channel_id, child_id);
DROP TABLE old_segments;

ALTER TABLE row_errors ADD COLUMN ordinal INTEGER NOT NULL DEFAULT 0; -- of its partition
UPDATE row_errors SET ordinal = (SELECT ordinal FROM old_ordinals AS old WHERE old.job_id = row_errors.job_id
    AND old.channel_id = row_errors.channel_id AND old.child_id = row_errors.child_id);
ALTER TABLE row_errors DROP COLUMN channel_id;
ALTER TABLE row_errors DROP COLUMN child_id;
DROP TABLE old_ordinals;
